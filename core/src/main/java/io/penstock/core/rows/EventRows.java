package io.penstock.core.rows;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.event.Event;
import io.penstock.core.event.Slice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Events as rows of {@code events_base} in ClickHouse's RowBinary format: numbers little-endian,
 * strings with their length in LEB128 before them, a UUID as two 64-bit halves, the more
 * significant first, a DateTime64(3) as milliseconds
 * (clickhouse.com/docs/interfaces/formats/RowBinary). {@code ingested_at} is left to ClickHouse's
 * clock. Stateless.
 */
public final class EventRows {
  /**
   * A topic's id is 22 characters of Base64, with their length before them. A table from before
   * V002 does not have that column.
   */
  private static final int TOPIC_ID_BYTES = 1 + 22;

  /** The table that has each client's events. */
  public static final Table TABLE =
      new Table(
          "events_base",
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
              "source_topic_id"),
          "event_id",
          2 * Long.BYTES,
          TOPIC_ID_BYTES);

  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** UUID, two times, partition and offset: 16 + 8 + 8 + 4 + 8; a length is at most 5 bytes. */
  private static final int FIXED_BYTES = 44 + 7 * 5 + TOPIC_ID_BYTES;

  private static final JsonFactory JSON = new JsonFactory();

  private EventRows() {}

  /**
   * Writes one row.
   *
   * @param source the partition in which the event first entered Kafka, or stands now
   * @param offset of its record there
   * @param timestampMillis when the broker accepted the event: {@code received_at}
   */
  public static void write(
      RowSink rows, Event event, Source source, long offset, long timestampMillis) {
    byte[] topic = source.topicBytes();
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
    INT32.set(out, at, source.partition().partition());
    at = int64(out, at + Integer.BYTES, offset);
    byte[] topicId = source.topicIdBytes();
    at = bytes(out, at, topicId, 0, topicId.length);
    rows.commit(out, at - start);
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

  /**
   * What a row tells of its event. The hash of the API key is not among it, nor the record's key
   * and headers.
   *
   * @param timestampMillis when the broker accepted the event
   * @param value the event in the shape of the event contract, without the hash of the key
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are only handed on
  public record Decoded(long timestampMillis, byte[] value) {}

  /** Reads one row, as {@link #write} wrote it, of the client with this id. */
  public static Decoded decode(byte[] row, String clientId) {
    ByteBuffer in = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(value)) {
      UUID eventId = new UUID(in.getLong(), in.getLong());
      json.writeStartObject();
      json.writeStringField("client_id", clientId);
      json.writeStringField("event_name", string(in));
      json.writeStringField("event_id", eventId.toString());
      json.writeStringField("event_time", Instant.ofEpochMilli(in.getLong()).toString());
      for (String name : List.of("user_id", "anonymous_id", "session_id")) {
        String text = string(in);
        if (!text.isEmpty()) {
          json.writeStringField(name, text);
        }
      }
      String properties = string(in);
      if (!properties.isEmpty()) {
        json.writeFieldName("event_properties");
        json.writeRawValue(properties);
      }
      String extra = string(in);
      String members = extra.isEmpty() ? "" : extra.substring(1, extra.length() - 1).strip();
      if (!members.isEmpty()) {
        json.writeRaw("," + members);
      }
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return new Decoded(in.getLong(), value.toByteArray());
  }

  private static String string(ByteBuffer in) {
    int length = 0;
    int shift = 0;
    byte next;
    do {
      next = in.get();
      length |= (next & 0x7f) << shift;
      shift += 7;
    } while (next < 0);
    byte[] text = new byte[length];
    in.get(text);
    return new String(text, UTF_8);
  }
}
