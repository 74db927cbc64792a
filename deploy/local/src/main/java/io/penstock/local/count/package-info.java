/** Counts what became of events, in ClickHouse and Kafka themselves, for tests, demo and bench. */
@NullMarked
package io.penstock.local.count;

import org.jspecify.annotations.NullMarked;
