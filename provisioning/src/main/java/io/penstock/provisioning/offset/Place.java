package io.penstock.provisioning.offset;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a partition is to be read from. */
public sealed interface Place {
  /** The oldest record that is kept. */
  record Beginning() implements Place {}

  /** Behind the newest record. */
  record End() implements Place {}

  /** This offset, which the partition must have, or come to next. */
  record Offset(long offset) implements Place {}

  /** Reads {@code beginning}, {@code end} or a number; null if it is none of these. */
  static @Nullable Place parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "beginning" -> new Beginning();
      case "end" -> new End();
      case String number when number.matches("\\d{1,18}") -> new Offset(Long.parseLong(number));
      default -> null;
    };
  }
}
