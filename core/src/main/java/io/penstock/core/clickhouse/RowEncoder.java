package io.penstock.core.clickhouse;

import io.penstock.core.event.Event;
import io.penstock.core.event.Slice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * Writes events as rows of {@code events_base} in ClickHouse's RowBinary format: numbers
 * little-endian, strings with their length in LEB128 before them, a UUID as two 64-bit halves, the
 * more significant first, a DateTime64(3) as milliseconds
 * (clickhouse.com/docs/interfaces/formats/RowBinary). {@code ingested_at} is left to ClickHouse's
 * clock. One per source topic; stateless but for that, hence thread-safe.
 */
public final class RowEncoder {
  /** The columns in the order in which they are written. */
  public static final List<String> COLUMNS =
      List.of(
          "event_id",
          "event_name",
          "event_time",
          "user_id",
          "anonymous_id",
          "session_id",
          "event_properties",
          "extra",
          "received_at",
          "source_topic",
          "source_partition",
          "source_offset",
          "source_topic_id");

  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** The size of an event's id, with which each row begins. */
  public static final int EVENT_ID_BYTES = 16;

  /**
   * What the last column takes at the end of each row: a topic's id is 22 characters of Base64,
   * with their length before them. A table from before V002 does not have that column.
   */
  public static final int TOPIC_ID_BYTES = 1 + 22;

  /** UUID, two times, partition and offset: 16 + 8 + 8 + 4 + 8; a length is at most 5 bytes. */
  private static final int FIXED_BYTES = 44 + 7 * 5 + TOPIC_ID_BYTES;

  private final byte[] topic;
  private final byte[] topicId;

  /**
   * @param topic the topic that the events come from
   * @param topicId which of the topics that had this name
   */
  public RowEncoder(String topic, Uuid topicId) {
    this.topic = topic.getBytes(StandardCharsets.UTF_8);
    this.topicId = topicId.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Appends one row.
   *
   * @param recordBytes the size of the record's value
   * @param timestampMillis when the broker accepted the event: {@code received_at}
   */
  public void append(
      RowSink rows,
      Event event,
      int partition,
      long offset,
      int recordBytes,
      long timestampMillis) {
    byte[] out =
        rows.reserve(
            FIXED_BYTES
                + topic.length
                + event.eventName().length()
                + event.userId().length()
                + event.anonymousId().length()
                + event.sessionId().length()
                + event.eventProperties().length()
                + event.extra().length());
    int start = rows.reservedAt();
    int at = int64(out, start, event.eventIdHigh());
    at = int64(out, at, event.eventIdLow());
    at = string(out, at, event.eventName());
    at = int64(out, at, event.eventTimeMillis());
    at = string(out, at, event.userId());
    at = string(out, at, event.anonymousId());
    at = string(out, at, event.sessionId());
    at = string(out, at, event.eventProperties());
    at = string(out, at, event.extra());
    at = int64(out, at, timestampMillis);
    at = bytes(out, at, topic, 0, topic.length);
    INT32.set(out, at, partition);
    at = int64(out, at + Integer.BYTES, offset);
    at = bytes(out, at, topicId, 0, topicId.length);
    rows.commit(out, at - start, offset, recordBytes);
  }

  private static int int64(byte[] out, int at, long value) {
    INT64.set(out, at, value);
    return at + Long.BYTES;
  }

  private static int string(byte[] out, int at, Slice text) {
    return bytes(out, at, text.bytes(), text.from(), text.length());
  }

  private static int bytes(byte[] out, int at, byte[] text, int from, int length) {
    int i = at;
    int rest = length;
    while (rest >= 0x80) {
      out[i++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[i++] = (byte) rest;
    System.arraycopy(text, from, out, i, length);
    return i + length;
  }
}
