package io.penstock.local.engine;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement failed. Code and text are ClickHouse's own; {@link #httpStatus()} is what its server
 * answers for the code (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp).
 */
final class EngineException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final Pattern CODE = Pattern.compile("^Code: (\\d+)\\.");

  /** LOGICAL_ERROR: an error text of the library without a code. */
  private static final int UNCLASSIFIED = 49;

  private final int code;

  private EngineException(int code, String text) {
    super(text);
    this.code = code;
  }

  /** From the engine's text, to which the server's suffix with the version is added if missing. */
  static EngineException of(String text, String version) {
    Matcher matcher = CODE.matcher(text);
    int code = matcher.find() ? Integer.parseInt(matcher.group(1)) : UNCLASSIFIED;
    String whole =
        code == UNCLASSIFIED && !text.startsWith("Code: ")
            ? "Code: 49. DB::Exception: " + text + " (LOGICAL_ERROR)"
            : text;
    return new EngineException(
        code, whole.contains(" (version ") ? whole : whole + " (version " + version + ")");
  }

  /** An error that the HTTP layer itself finds, in the server's form. */
  static EngineException of(int code, String name, String message, String version) {
    return new EngineException(
        code,
        "Code: %d. DB::Exception: %s. (%s) (version %s)".formatted(code, message, name, version));
  }

  int code() {
    return code;
  }

  String text() {
    return String.valueOf(getMessage());
  }

  int httpStatus() {
    return switch (code) {
      case 194 -> 401;
      case 192, 193, 497, 512, 516 -> 403;
      case 6,
          8,
          15,
          25,
          26,
          27,
          36,
          37,
          38,
          41,
          44,
          53,
          62,
          72,
          117,
          123,
          167,
          168,
          223,
          321,
          376,
          427,
          441,
          675,
          676 ->
          400;
      case 46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511 -> 404;
      case 229 -> 413;
      case 779 -> 415;
      case 48 -> 501;
      case 76, 209, 439 -> 503;
      case 381 -> 411;
      case 159 -> 408;
      default -> 500;
    };
  }
}
