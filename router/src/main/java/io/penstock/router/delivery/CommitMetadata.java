package io.penstock.router.delivery;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * What a committed offset's metadata says: Kafka Streams' own text and, behind a bar, the end of a
 * block whose inserts may have begun. Streams' text is Base64, so a bar is never part of it.
 *
 * @param streams what Streams wrote and expects back
 * @param intent the offset at which the open block ends, or {@link #NONE}
 */
record CommitMetadata(String streams, long intent) {
  static final long NONE = -1;

  static CommitMetadata parse(OffsetAndMetadata committed) {
    String text = committed.metadata();
    int bar = text.lastIndexOf('|');
    if (bar < 0) {
      return new CommitMetadata(text, NONE);
    }
    try {
      long intent = Long.parseLong(text, bar + 1, text.length(), 10);
      // An intent that ends where it starts, or before, opens no block.
      return new CommitMetadata(
          text.substring(0, bar), intent > committed.offset() ? intent : NONE);
    } catch (NumberFormatException notOurs) {
      return new CommitMetadata("", NONE);
    }
  }

  String format() {
    return intent == NONE ? streams : streams + "|" + intent;
  }
}
