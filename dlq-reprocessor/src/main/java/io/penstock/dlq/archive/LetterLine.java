package io.penstock.dlq.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.penstock.core.deadletter.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * One dead letter as a line of an export: a JSON object of {@code partition}, {@code offset},
 * {@code writtenAt}, {@code key}, {@code headers} and {@code value}. Bytes that are not UTF-8, or
 * many, are in Base64 in a field whose name says so; a null is a field that is absent. What was
 * written is read back byte for byte.
 */
final class LetterLine {
  private static final String PARTITION = "partition";
  private static final String OFFSET = "offset";
  private static final String WRITTEN_AT = "writtenAt";
  private static final String KEY = "key";
  private static final String HEADERS = "headers";
  private static final String NAME = "name";
  private static final String VALUE = "value";
  private static final String BASE64 = "Base64";

  private static final int MAX_TEXT = 8 << 20;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(LetterFile.MAX_LINE_BYTES).build())
          .build();

  /** A line is no letter. The message tells what is wrong, and what to do, without its content. */
  static final class BrokenException extends Exception {
    private static final long serialVersionUID = 1;

    BrokenException(String message) {
      super(message);
    }
  }

  private final Set<String> seen = new HashSet<>();
  private int partition;
  private long offset;
  private Instant writtenAt = Instant.EPOCH;
  private byte @Nullable [] key;
  private RecordHeaders headers = new RecordHeaders();
  private byte @Nullable [] value;

  private LetterLine() {}

  /** The line, without its end; the letter must have been read whole. */
  static void write(DeadLetter letter, Writer out) throws IOException {
    try (JsonGenerator json =
        JSON.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
      json.writeStartObject();
      json.writeNumberField(PARTITION, letter.partition().partition());
      json.writeNumberField(OFFSET, letter.offset());
      json.writeStringField(WRITTEN_AT, letter.writtenAt().toString());
      writeBytes(json, KEY, letter.key());
      json.writeArrayFieldStart(HEADERS);
      for (Header header : letter.headers()) {
        json.writeStartObject();
        json.writeStringField(NAME, header.key());
        writeBytes(json, VALUE, header.value());
        json.writeEndObject();
      }
      json.writeEndArray();
      writeBytes(json, VALUE, letter.value());
      json.writeEndObject();
    }
  }

  private static void writeBytes(JsonGenerator json, String name, byte @Nullable [] bytes)
      throws IOException {
    if (bytes == null) {
      return;
    }
    // Of what is large, a text would take much more memory, and what is escaped more of the line.
    String text = bytes.length > MAX_TEXT ? null : DeadLetter.strictText(bytes);
    if (text != null) {
      json.writeStringField(name, text);
    } else {
      json.writeBinaryField(name + BASE64, bytes);
    }
  }

  /**
   * Reads a line.
   *
   * @param topic the topic that the letter is said to stand in
   * @param line without its end
   */
  static DeadLetter read(String topic, byte[] line) throws BrokenException {
    String text = DeadLetter.strictText(line);
    if (text == null) {
      throw new BrokenException("is not UTF-8: save the file as UTF-8, or take it as exported");
    }
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new BrokenException("is no JSON object: an export has one on each line");
      }
      LetterLine read = new LetterLine();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        read.field(json);
      }
      if (json.nextToken() != null) {
        throw new BrokenException("goes on behind its object: give each object its own line");
      }
      return read.letter(topic);
    } catch (JsonProcessingException e) {
      // The parser's own message may quote the line.
      throw new BrokenException(
          "is not JSON from column %d on: perhaps cut off; take it from the export again"
              .formatted(e.getLocation() == null ? 1 : e.getLocation().getColumnNr()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DeadLetter letter(String topic) throws BrokenException {
    for (String required : new String[] {PARTITION, OFFSET, WRITTEN_AT, HEADERS}) {
      if (!seen.contains(required)) {
        throw new BrokenException("has no \"" + required + "\": take it from the export again");
      }
    }
    if (value == null) {
      throw new BrokenException(
          "has neither \"value\" nor \"valueBase64\": take it from the export again");
    }
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>(
            topic,
            partition,
            offset,
            writtenAt.toEpochMilli(),
            TimestampType.LOG_APPEND_TIME,
            ConsumerRecord.NULL_SIZE,
            value.length,
            key,
            value,
            headers,
            Optional.empty());
    DeadLetter letter = DeadLetter.of(record);
    if (letter == null) {
      throw new IllegalStateException("a letter with a value is a tombstone");
    }
    return letter;
  }

  private void field(JsonParser json) throws IOException, BrokenException {
    String name = fieldName(json, seen);
    switch (name) {
      case PARTITION -> partition = (int) number(json, name, Integer.MAX_VALUE);
      case OFFSET -> offset = number(json, name, Long.MAX_VALUE);
      case WRITTEN_AT -> writtenAt = instant(json);
      case KEY, KEY + BASE64 -> key = bytes(json, name, key);
      case HEADERS -> headers = headers(json);
      case VALUE, VALUE + BASE64 -> value = bytes(json, name, value);
      default -> throw unknown(name);
    }
  }

  private static RecordHeaders headers(JsonParser json) throws IOException, BrokenException {
    if (json.nextToken() != JsonToken.START_ARRAY) {
      throw new BrokenException("has \"headers\" that are no list: write [] for none");
    }
    RecordHeaders headers = new RecordHeaders();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw new BrokenException("has a header that is no object of \"name\" and \"value\"");
      }
      header(json, headers);
    }
    return headers;
  }

  private static void header(JsonParser json, RecordHeaders headers)
      throws IOException, BrokenException {
    Set<String> seen = new HashSet<>();
    String name = null;
    byte[] value = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = fieldName(json, seen);
      switch (field) {
        case NAME -> name = text(json, field);
        case VALUE, VALUE + BASE64 -> value = bytes(json, field, value);
        default -> throw unknown(field);
      }
    }
    if (name == null) {
      throw new BrokenException("has a header without \"name\": take it from the export again");
    }
    var _ = headers.add(name, value);
  }

  /** The name of the next field, behind which the parser stands then. */
  private static String fieldName(JsonParser json, Set<String> seen)
      throws IOException, BrokenException {
    String name = json.currentName();
    if (json.currentToken() != JsonToken.FIELD_NAME || name == null) {
      throw new BrokenException("is cut off: take it from the export again");
    }
    if (!seen.add(name)) {
      throw new BrokenException("has " + shown(name) + " twice: leave one");
    }
    return name;
  }

  private static long number(JsonParser json, String name, long max)
      throws IOException, BrokenException {
    if (json.nextToken() == JsonToken.VALUE_NUMBER_INT
        && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      long number = json.getLongValue();
      if (number >= 0 && number <= max) {
        return number;
      }
    }
    throw new BrokenException("has a \"%s\" that is no number from 0 on".formatted(name));
  }

  private static Instant instant(JsonParser json) throws IOException, BrokenException {
    String text = text(json, WRITTEN_AT);
    try {
      Instant at = Instant.parse(text);
      var _ = at.toEpochMilli();
      return at;
    } catch (DateTimeException | ArithmeticException e) {
      throw new BrokenException("has a \"writtenAt\" that is no time like 2026-11-21T10:00:00Z");
    }
  }

  private static String text(JsonParser json, String name) throws IOException, BrokenException {
    if (json.nextToken() != JsonToken.VALUE_STRING) {
      throw new BrokenException(
          "has a \"%s\" that is no string: leave the field out for none".formatted(name));
    }
    String text = json.getText();
    var _ = utf8(text, name);
    return text;
  }

  private static byte[] bytes(JsonParser json, String name, byte @Nullable [] earlier)
      throws IOException, BrokenException {
    if (earlier != null) {
      throw new BrokenException("has a field both as text and in Base64: leave one");
    }
    String text = text(json, name);
    if (!name.endsWith(BASE64)) {
      return utf8(text, name);
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new BrokenException(
          "has a \"%s\" that is no Base64: take it from the export again".formatted(name));
    }
  }

  private static byte[] utf8(String text, String name) throws BrokenException {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new BrokenException(
          "has a \"%s\" with half a character (a lone \\ud800 to \\udfff): take it from the export again"
              .formatted(name));
    }
  }

  private static BrokenException unknown(String name) {
    return new BrokenException("has " + shown(name) + ", which no export has: take it out");
  }

  /**
   * A field's name for a message, if it looks like one: a broken line may have a key's hash
   * anywhere.
   */
  private static String shown(String name) {
    return name.matches("\\w{1,20}") ? "the field \"" + name + "\"" : "an unknown field";
  }
}
