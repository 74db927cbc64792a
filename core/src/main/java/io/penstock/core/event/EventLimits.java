package io.penstock.core.event;

/**
 * What the contract leaves to configuration.
 *
 * @param maxRecordBytes the largest record value accepted, in bytes
 * @param earliestMillis the earliest event time accepted, in epoch milliseconds: an earlier one
 *     comes from a zeroed clock, or is in seconds
 * @param maxAheadMillis how far an event's time may lie ahead of the broker's timestamp
 */
public record EventLimits(int maxRecordBytes, long earliestMillis, long maxAheadMillis) {}
