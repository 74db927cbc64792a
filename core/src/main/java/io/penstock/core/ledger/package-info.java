/**
 * The ledger: what became of every offset of the topics, one entry for each block that routers have
 * completed (docs/adr/0024).
 */
@NullMarked
package io.penstock.core.ledger;

import org.jspecify.annotations.NullMarked;
