package io.penstock.core.event;

import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;

/**
 * The configurable limits of the event contract.
 *
 * @param maxRecordBytes the largest record value accepted, in bytes
 * @param earliestMillis the earliest event time accepted, in epoch milliseconds: an earlier one
 *     comes from a zeroed clock, or is in seconds
 * @param maxAheadMillis how far an event's time may lie ahead of the broker's timestamp
 */
public record EventLimits(int maxRecordBytes, long earliestMillis, long maxAheadMillis) {
  /** Reads the keys. */
  public static EventLimits from(ConfigReader reader) {
    return new EventLimits(
        Math.toIntExact(reader.get(ConfigKeys.ROUTER_RECORD_MAX_SIZE).bytes()),
        reader.get(ConfigKeys.ROUTER_EVENT_TIME_EARLIEST).toEpochMilli(),
        reader.get(ConfigKeys.ROUTER_EVENT_TIME_MAX_AHEAD).toMillis());
  }
}
