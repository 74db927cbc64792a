package io.penstock.dlq.correction;

import org.apache.kafka.common.header.Headers;

/** What {@link Corrections} made of one dead letter. */
public sealed interface Corrected {
  /**
   * The event as it is to be sent. What was not corrected is shared with the letter: read only.
   *
   * @param value its bytes
   * @param headers all headers of the letter, in their order
   */
  @SuppressWarnings("ArrayRecordComponent") // Read once, by a switch; never compared, never a key.
  record Changed(byte[] value, Headers headers) implements Corrected {}

  /** The corrections apply, and leave the letter as it is. */
  record Unchanged() implements Corrected {}

  /**
   * A correction cannot be applied, so none was.
   *
   * @param why for a person; names fields and shapes, never a value of the letter
   */
  record Impossible(String why) implements Corrected {}
}
