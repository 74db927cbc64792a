package io.penstock.dlq.correction;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads and writes JSON for corrections; refuses what the router refuses. */
final class StrictJson {
  /** The router reads objects nested 256 deep within the event's own. */
  static final int MAX_DEPTH = 257;

  /**
   * Nothing but nesting is bounded here: events are bounded by their topic. Names are not interned,
   * since producers choose them.
   */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private StrictJson() {}

  /**
   * A parser whose token locations are indexes into {@code json}. The bytes must be UTF-8 without a
   * byte order mark and without NUL, or the parser guesses another encoding.
   */
  static JsonParser parser(byte[] json) throws IOException {
    return FACTORY.createParser(json);
  }

  /** Whether the text is one JSON value, with nothing but white space around it. */
  static boolean isValue(String text) {
    if (text.indexOf('\0') >= 0 || text.startsWith("\ufeff")) {
      return false;
    }
    try (JsonParser parser = parser(text.getBytes(StandardCharsets.UTF_8))) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      parser.finishToken();
      return parser.nextToken() == null;
    } catch (IOException notJson) {
      return false;
    }
  }

  /** What the string at {@code json[from, to)}, quotes included, means. */
  static String unquoted(byte[] json, int from, int to) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json, from, to - from)) {
      String text = parser.nextTextValue();
      if (text == null) {
        throw new IllegalArgumentException("not a string");
      }
      return text;
    }
  }

  /** The text as a JSON string, quotes included. */
  static byte[] quoted(String text) {
    byte[] escaped = JsonStringEncoder.getInstance().quoteAsUTF8(text);
    byte[] quoted = new byte[escaped.length + 2];
    quoted[0] = '"';
    System.arraycopy(escaped, 0, quoted, 1, escaped.length);
    quoted[quoted.length - 1] = '"';
    return quoted;
  }
}
