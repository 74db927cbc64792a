package io.penstock.dlq.replay;

import org.apache.kafka.common.header.Headers;

/** What a letter's event is to be when it goes back. */
public sealed interface Prepared {
  /**
   * It goes back.
   *
   * @param value the event's bytes
   * @param headers the letter's; those that tell of its failure are replaced
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are only handed on
  record Ready(byte[] value, Headers headers) implements Prepared {}

  /**
   * It stays where it is.
   *
   * @param why for the statement: the same for all that stay for the same cause
   */
  record Left(String why) implements Prepared {}
}
