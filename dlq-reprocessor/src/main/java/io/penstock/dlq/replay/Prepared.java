package io.penstock.dlq.replay;

import org.apache.kafka.common.header.Headers;

/** The event that a letter is replayed as, or why the letter stays. */
public sealed interface Prepared {
  /**
   * The letter is replayed.
   *
   * @param value the event's bytes
   * @param headers the letter's; those that tell of its failure are replaced
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are only handed on
  record Ready(byte[] value, Headers headers) implements Prepared {}

  /**
   * The letter stays where it is.
   *
   * @param why for the statement: the same for all that stay for the same cause
   */
  record Left(String why) implements Prepared {}
}
