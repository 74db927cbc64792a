package io.penstock.dlq.correction;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.dlq.letter.LetterText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * What an operator wants a field to be. Immutable, although it holds an array: nobody changes it.
 */
public final class NewValue {
  private final FieldPath field;
  private final byte[] json;

  /** A string's content, else the JSON itself. */
  private final String text;

  private NewValue(FieldPath field, byte[] json, String text) {
    this.field = field;
    this.json = json;
    this.text = text;
  }

  /**
   * Reads VALUE: JSON if it is one JSON value, taken as it is written, else a string. Where the
   * event contract wants a string, everything but a quoted string and null is text: {@code
   * user_id=42} means {@code "42"}.
   *
   * @param option whose argument it is, for the message
   * @throws CommandFailure if the router would refuse it for certain; the message does not repeat
   *     it
   */
  public static NewValue parse(String option, FieldPath field, String value) {
    String stripped = value.strip();
    boolean quoted = stripped.startsWith("\"");
    boolean isNull = stripped.equals("null");
    NewValue parsed =
        StrictJson.isValue(stripped) && (quoted || isNull || !field.isString())
            ? ofJson(field, stripped, quoted)
            : new NewValue(field, StrictJson.quoted(value), value);
    if (field.header() != null) {
      parsed.checkIdentity(option, isNull);
    }
    return parsed;
  }

  private static NewValue ofJson(FieldPath field, String text, boolean quoted) {
    byte[] json = text.getBytes(StandardCharsets.UTF_8);
    try {
      return new NewValue(field, json, quoted ? StrictJson.unquoted(json, 0, json.length) : text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void checkIdentity(String option, boolean isNull) {
    if (isNull) {
      throw CommandFailure.usage(option + " " + field + ": an event needs one; it cannot be null");
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (field.last().equals("api_key_hash")
        && ApiKeyHash.parseHex(bytes, 0, bytes.length) == null) {
      throw CommandFailure.usage(
          option + " " + field + ": must be 64 hex digits, the SHA-256 of the API key");
    }
  }

  /** The JSON value; not to be changed. */
  byte[] json() {
    return json;
  }

  /** What a record header would hold instead of {@link #json()}. */
  String text() {
    return text;
  }

  /** The JSON on one line, secrets masked: of a key's hash eight digits stay. */
  @Override
  public String toString() {
    String masked =
        LetterText.header(new RecordHeader("set " + field, text.getBytes(StandardCharsets.UTF_8)));
    return LetterText.line(masked.equals(text) ? new String(json, StandardCharsets.UTF_8) : masked);
  }
}
