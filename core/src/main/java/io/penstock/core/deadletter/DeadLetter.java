package io.penstock.core.deadletter;

import io.penstock.core.event.Origin;
import io.penstock.core.kafka.LeftOut;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * One outstanding record of the dead-letter topic, whoever wrote it: any header may be missing or
 * wrong. The byte arrays are Kafka's own: callers must not change them.
 */
public final class DeadLetter {
  private final ConsumerRecord<byte[], byte[]> record;
  private final byte[] value;

  DeadLetter(ConsumerRecord<byte[], byte[]> record, byte[] value) {
    this.record = record;
    this.value = value;
  }

  /**
   * The letter that a record is, unless it is a tombstone.
   *
   * @return null for a tombstone
   */
  public static @Nullable DeadLetter of(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    return value == null ? null : new DeadLetter(record, value);
  }

  /** Its partition of the dead-letter topic, which is not that of its origin. */
  public TopicPartition partition() {
    return new TopicPartition(record.topic(), record.partition());
  }

  /** Its offset in the dead-letter topic. */
  public long offset() {
    return record.offset();
  }

  /** When the dead-letter topic took it. */
  public Instant writtenAt() {
    return Instant.ofEpochMilli(record.timestamp());
  }

  /** The record's key; null only in a topic that was not always compacted. */
  public byte @Nullable [] key() {
    return record.key();
  }

  /** The event's bytes; only their beginning where the letter is a {@link #leftOut}. */
  public byte[] value() {
    return value;
  }

  /** How many bytes the letter's value has in the topic. */
  public long size() {
    LeftOut leftOut = leftOut();
    return leftOut == null ? value.length : leftOut.size();
  }

  /**
   * The size and digest of a letter that is too large for this reader; null if all of it was read.
   */
  public @Nullable LeftOut leftOut() {
    return LeftOut.of(record.headers());
  }

  /** Whether the event's bytes were too large for a letter; headers tell size and digest. */
  public boolean isWithoutValue() {
    return DeadLetters.LEFT_OUT.equals(text(DeadLetterHeaders.ORIGINAL));
  }

  /** Whether the bytes were made of the event's row, since Kafka had deleted the record. */
  public boolean isRebuilt() {
    return DeadLetters.GONE.equals(text(DeadLetterHeaders.ORIGINAL));
  }

  /** All headers. */
  public Headers headers() {
    return record.headers();
  }

  /**
   * The name that people use for the letter: its key, which is its origin. A key that is not plain
   * text is {@code base64:...}; a letter without one goes by its {@link #place}.
   */
  public String name() {
    byte[] key = record.key();
    if (key == null) {
      return place();
    }
    String text = strictText(key);
    return text != null && !text.isEmpty() && text.chars().allMatch(DeadLetter::plain)
        ? text
        : "base64:" + Base64.getEncoder().encodeToString(key);
  }

  /**
   * Its origin without the topic's id: letters of topics that had the same name one after the other
   * may share it. Null if no header says where the event came from.
   */
  public @Nullable String shortName() {
    Arrival lineage = lineage();
    return lineage == null ? null : lineage.origin().toString();
  }

  /** Where it stands in the dead-letter topic: {@code @partition-offset}. */
  public String place() {
    return "@" + record.partition() + "-" + record.offset();
  }

  /** A header's text, the last one of this name; null if it is absent. */
  public @Nullable String text(String header) {
    return DeadLetterHeaders.text(record.headers(), header);
  }

  /**
   * Where and when the event first came, and how often it has failed; null if the headers do not
   * say so, as another tool's.
   */
  public @Nullable Arrival lineage() {
    return Arrival.claimed(record.headers());
  }

  /** Where the record stands that failed last; null if no header says it. */
  public @Nullable Origin record() {
    String place = text(DeadLetterHeaders.RECORD);
    return place == null
        ? null
        : Origin.ofPlace(String.valueOf(text(DeadLetterHeaders.TOPIC)), place);
  }

  /**
   * When the event failed last, as the header says, or else when the topic took it. Never fails.
   */
  public Instant failedAt() {
    String text = text(DeadLetterHeaders.FAILED_AT);
    if (text != null) {
      try {
        return Instant.parse(text);
      } catch (DateTimeException notOurs) {
        // Another tool's header; the broker's time is as good.
      }
    }
    return writtenAt();
  }

  /** The bytes as UTF-8; null if they are not. */
  public static @Nullable String strictText(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static boolean plain(int character) {
    return character > ' ' && character != 0x7f && (character < 0x80 || character > 0x9f);
  }
}
