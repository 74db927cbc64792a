package io.penstock.core.intake;

import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * One record as the router takes it, detached from Kafka Streams.
 *
 * @param timestampMillis the broker's timestamp
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are only handed on
public record IncomingRecord(
    long offset,
    long timestampMillis,
    byte @Nullable [] key,
    byte @Nullable [] value,
    Headers headers) {

  /** The bytes it keeps in memory, roughly. */
  public long size() {
    return 100L + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
  }
}
