package io.penstock.core.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.UUID;

/**
 * What a row that {@link RowEncoder} wrote tells of its event. The hash of the API key is not among
 * it, nor the record's key and headers.
 *
 * @param timestampMillis when the broker accepted the event
 */
public record DecodedRow(
    UUID eventId,
    String eventName,
    long eventTimeMillis,
    String userId,
    String anonymousId,
    String sessionId,
    String eventProperties,
    String extra,
    long timestampMillis) {
  private static final JsonFactory JSON = new JsonFactory();

  /** Reads one row, as encoded. */
  public static DecodedRow of(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
    return new DecodedRow(
        new UUID(in.getLong(), in.getLong()),
        string(in),
        in.getLong(),
        string(in),
        string(in),
        string(in),
        string(in),
        string(in),
        in.getLong());
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

  /** The event in the shape of the event contract, without the hash of the key. */
  public byte[] event(String clientId) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("client_id", clientId);
      json.writeStringField("event_name", eventName);
      json.writeStringField("event_id", eventId.toString());
      json.writeStringField("event_time", Instant.ofEpochMilli(eventTimeMillis).toString());
      text(json, "user_id", userId);
      text(json, "anonymous_id", anonymousId);
      text(json, "session_id", sessionId);
      if (!eventProperties.isEmpty()) {
        json.writeFieldName("event_properties");
        json.writeRawValue(eventProperties);
      }
      String members = extra.isEmpty() ? "" : extra.substring(1, extra.length() - 1).strip();
      if (!members.isEmpty()) {
        json.writeRaw("," + members);
      }
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static void text(JsonGenerator json, String name, String text) throws IOException {
    if (!text.isEmpty()) {
      json.writeStringField(name, text);
    }
  }
}
