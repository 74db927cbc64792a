package io.penstock.dlq;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.config.Secret;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Shows what producers wrote: keys of clients masked, whatever could steer a terminal escaped. Of a
 * key's hash the first eight digits stay, by which "keys list" names keys.
 */
final class LetterText {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int SHOWN_DIGITS = 8;

  /** A key's hash or a good part of one; trace ids have 32 digits and stay. */
  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{33,}");

  /** The value of a key's field in what is not JSON. */
  private static final Pattern FIELD =
      Pattern.compile(
          "(api[_-]?key(?:[_-]?hash)?\\\\?[\"']?\\s*[:=]\\s*)(\\\\?[\"'][^\"']*|[^\"',}\\s]+)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern SECRET_NAME =
      Pattern.compile("api[_-]?key|authorization|password|secret", Pattern.CASE_INSENSITIVE);

  private LetterText() {}

  /**
   * An event's bytes.
   *
   * @param pretty over several lines, if it is JSON
   */
  static String payload(byte[] value, boolean pretty) {
    String json = json(value, pretty);
    return json != null ? json : masked(new String(value, StandardCharsets.UTF_8));
  }

  /** A header's value; {@code base64:...} where it is no text. */
  static String header(Header header) {
    byte[] value = header.value();
    if (value == null) {
      return "(null)";
    }
    String text = DeadLetter.strictText(value);
    if (SECRET_NAME.matcher(header.key()).find()) {
      return maskedValue(text == null ? "" : text);
    }
    if (text == null) {
      return "base64:" + Base64.getEncoder().encodeToString(value);
    }
    return header.key().startsWith(DeadLetterHeaders.PREFIX) ? text : masked(text);
  }

  /** One line for a terminal: control and formatting characters are escaped. */
  static String line(@Nullable String text) {
    return text == null ? "-" : escaped(text, false);
  }

  /** Several lines for a terminal. */
  static String lines(String text) {
    return escaped(text, true);
  }

  private static @Nullable String json(byte[] value, boolean pretty) {
    String text = DeadLetter.strictText(value);
    if (text == null) {
      return null;
    }
    StringWriter written = new StringWriter();
    try (JsonParser parser = JSON.createParser(text);
        JsonGenerator json = JSON.createGenerator(written)) {
      if (pretty) {
        json.useDefaultPrettyPrinter();
      }
      if (parser.nextToken() == null) {
        return null;
      }
      do {
        copy(parser, json);
      } while (parser.nextToken() != null);
    } catch (JsonProcessingException notJson) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return written.toString();
  }

  /** Copies one token, or all of a key's value; numbers as they are written. */
  private static void copy(JsonParser parser, JsonGenerator json) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.FIELD_NAME && isKey(parser.currentName())) {
      json.writeFieldName(parser.currentName());
      var _ = parser.nextToken();
      boolean string = parser.currentToken() == JsonToken.VALUE_STRING;
      json.writeString(string ? maskedValue(parser.getText()) : Secret.MASK);
      parser.skipChildren();
    } else if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
      json.writeNumber(parser.getText());
    } else {
      json.copyCurrentEvent(parser);
    }
  }

  private static boolean isKey(String field) {
    String name = field.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    return name.equals("apikeyhash") || name.equals("apikey");
  }

  private static String masked(String text) {
    String fields = FIELD.matcher(text).replaceAll("$1" + Secret.MASK);
    return HASH.matcher(fields).replaceAll(found -> maskedValue(found.group()));
  }

  private static String maskedValue(String value) {
    return HASH.matcher(value).matches()
        ? value.substring(0, SHOWN_DIGITS) + Secret.MASK
        : Secret.MASK;
  }

  private static String escaped(String text, boolean severalLines) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(character -> {
          boolean layout = severalLines && (character == '\n' || character == '\t');
          boolean steers =
              Character.isISOControl(character)
                  || Character.getType(character) == Character.FORMAT
                  || Character.getType(character) == Character.SURROGATE;
          if (steers && !layout) {
            shown.append("\\u").append("%04x".formatted(character));
          } else {
            shown.appendCodePoint(character);
          }
        });
    return shown.toString();
  }
}
