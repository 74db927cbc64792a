package io.penstock.core.clickhouse;

import io.penstock.core.event.Event;
import io.penstock.core.event.Slice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

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
          "source_offset");

  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** UUID, two times, partition and offset: 16 + 8 + 8 + 4 + 8; a length is at most 5 bytes. */
  private static final int FIXED_BYTES = 44 + 7 * 5;

  private final byte[] topic;

  /**
   * @param topic the topic that the events come from
   */
  public RowEncoder(String topic) {
    this.topic = topic.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Appends one row.
   *
   * @param timestampMillis when the broker accepted the event: {@code received_at}
   */
  public void append(RowSink rows, Event event, int partition, long offset, long timestampMillis) {
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
    rows.commit(out, at - start, offset, timestampMillis);
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
