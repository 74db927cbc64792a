/**
 * What became of one event: Kafka, the ledger, ClickHouse, dead letters and the audit log asked.
 */
@NullMarked
package io.penstock.dlq.trace;

import org.jspecify.annotations.NullMarked;
