/**
 * Whether anything is missing: the ledger compared with itself, with Kafka and with what is stored.
 */
@NullMarked
package io.penstock.provisioning.account;

import org.jspecify.annotations.NullMarked;
