package io.penstock.dlq.letter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.client.KeyMask;
import io.penstock.core.config.Secret;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Makes text of producers fit to be shown: keys of clients are masked ({@link KeyMask}), and what
 * could steer a terminal is escaped.
 */
public final class LetterText {
  private static final JsonFactory JSON = new JsonFactory();

  /** Larger events are not laid out as JSON unless all of them is to be shown. */
  private static final int MAX_PARSED = 1 << 20;

  /** Longer than a key or its hash with its surroundings. */
  private static final int MAX_KEY = 200;

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
  public static String payload(byte[] value, boolean pretty) {
    String json = json(value, pretty);
    return json != null ? json : masked(new String(value, StandardCharsets.UTF_8));
  }

  /**
   * The beginning of an event's bytes.
   *
   * @param limit how many characters at most; of what is much larger, no more than that is looked
   *     at
   */
  public static String payload(byte[] value, boolean pretty, int limit) {
    byte[] read = value.length <= MAX_PARSED ? value : Arrays.copyOf(value, 4 * limit);
    return cut(payload(read, pretty), limit);
  }

  /** The text of the first bytes of an event, without the last of them, where a key may be cut. */
  public static String beginning(byte[] first) {
    String masked = payload(first, false);
    return masked.substring(0, Math.max(0, masked.length() - MAX_KEY));
  }

  /** The first so many characters; what is cut off must have been masked before. */
  public static String cut(String shown, int limit) {
    return shown.length() <= limit ? shown : shown.substring(0, limit);
  }

  /** The name of a letter for people: its place, if its name has a key of a client in it. */
  public static String origin(DeadLetter letter) {
    String name = letter.name();
    byte[] key = letter.key();
    boolean masked = !KeyMask.mask(name).equals(name) || (key != null && hidesKey(key));
    return masked ? letter.place() : name;
  }

  /** Whether bytes that are no text have a key in them. */
  private static boolean hidesKey(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return !KeyMask.mask(text).equals(text);
  }

  /** A header's value; {@code base64:...} where it is no text. */
  public static String header(Header header) {
    byte[] value = header.value();
    if (value == null) {
      return "(null)";
    }
    String text = DeadLetter.strictText(value);
    if (SECRET_NAME.matcher(header.key()).find()) {
      return KeyMask.maskWhole(text == null ? "" : text);
    }
    if (text == null) {
      return hidesKey(value) ? Secret.MASK : "base64:" + Base64.getEncoder().encodeToString(value);
    }
    // What a letter without its value is compared by: the digest of a whole event is no secret.
    return header.key().equals(DeadLetterHeaders.VALUE_SHA256) ? text : masked(text);
  }

  /** One line for a terminal: keys are masked, control and formatting characters escaped. */
  public static String line(@Nullable String text) {
    return text == null ? "-" : escaped(KeyMask.mask(text), false);
  }

  /** Several lines for a terminal. */
  public static String lines(String text) {
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
    if (token == JsonToken.FIELD_NAME) {
      json.writeFieldName(KeyMask.mask(parser.currentName()));
      if (isKey(parser.currentName())) {
        boolean string = parser.nextToken() == JsonToken.VALUE_STRING;
        json.writeString(string ? KeyMask.maskWhole(parser.getText()) : Secret.MASK);
        parser.skipChildren();
      }
    } else if (token == JsonToken.VALUE_STRING) {
      json.writeString(masked(parser.getText()));
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
    return KeyMask.mask(FIELD.matcher(text).replaceAll(LetterText::maskedField));
  }

  private static String maskedField(MatchResult found) {
    return Matcher.quoteReplacement(found.group(1) + Secret.MASK);
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
