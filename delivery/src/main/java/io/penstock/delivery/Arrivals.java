package io.penstock.delivery;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.ReplaySignature;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.rows.Source;
import org.jspecify.annotations.Nullable;

/**
 * Tells how records came, and whether that is proven. Thread-safe.
 *
 * @param signature null: no replay can be proven here
 */
record Arrivals(@Nullable ReplaySignature signature) {
  Arrival of(Source source, IncomingRecord record) {
    return Arrival.of(
        source.origin(record.offset()),
        record.timestampMillis(),
        record.headers(),
        record.value(),
        signature);
  }
}
