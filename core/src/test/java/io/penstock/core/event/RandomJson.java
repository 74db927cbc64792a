package io.penstock.core.event;

import java.util.Random;

/** Writes random valid JSON in all the ways that the grammar allows. */
final class RandomJson {
  private static final String[] NUMBERS = {
    "0", "-0", "7", "-12", "0.10", "1e400", "-1E-400", "2e+0", "12345678901234567890", "0.0e00"
  };
  private static final String[] SPACES = {" ", "\n", "\t", "\r", "  ", "\r\n\t"};
  private static final String SIMPLE_ESCAPES = "\"\\/bfnrt";

  private final Random random;
  private final StringBuilder out = new StringBuilder();

  RandomJson(Random random) {
    this.random = random;
  }

  /** Any value, nested at most so deep. */
  String value(int depth) {
    return written(() -> addValue(depth));
  }

  /** An object, nested at most so deep. */
  String object(int depth) {
    return written(() -> addContainer('{', '}', depth));
  }

  /** A string's text, quotes included. */
  String string() {
    return written(this::addString);
  }

  /** White space, mostly none. */
  String space() {
    return random.nextInt(4) > 0 ? "" : SPACES[random.nextInt(SPACES.length)];
  }

  private String written(Runnable what) {
    out.setLength(0);
    what.run();
    return out.toString();
  }

  private void addValue(int depth) {
    switch (random.nextInt(depth > 0 ? 8 : 6)) {
      case 0 -> out.append("true");
      case 1 -> out.append("false");
      case 2 -> out.append("null");
      case 3 -> addNumber();
      case 4, 5 -> addString();
      case 6 -> addContainer('{', '}', depth);
      default -> addContainer('[', ']', depth);
    }
  }

  private void addContainer(char open, char close, int depth) {
    out.append(open).append(space());
    int members = random.nextInt(5);
    for (int i = 0; i < members; i++) {
      if (i > 0) {
        out.append(',').append(space());
      }
      if (open == '{') {
        addString();
        out.append(space()).append(':').append(space());
      }
      addValue(depth - 1);
      out.append(space());
    }
    out.append(close);
  }

  private void addNumber() {
    if (random.nextInt(3) == 0) {
      out.append(NUMBERS[random.nextInt(NUMBERS.length)]);
      return;
    }
    out.append(random.nextBoolean() ? "-" : "");
    if (random.nextInt(4) == 0) {
      out.append('0');
    } else {
      out.append(1 + random.nextInt(9));
      addDigits(random.nextInt(25));
    }
    if (random.nextBoolean()) {
      out.append('.');
      addDigits(1 + random.nextInt(20));
    }
    if (random.nextInt(3) == 0) {
      out.append(random.nextBoolean() ? 'e' : 'E');
      out.append(new String[] {"", "+", "-"}[random.nextInt(3)]);
      addDigits(1 + random.nextInt(4));
    }
  }

  private void addDigits(int count) {
    for (int i = 0; i < count; i++) {
      out.append(random.nextInt(10));
    }
  }

  private void addString() {
    out.append('"');
    int length = random.nextInt(random.nextInt(20) == 0 ? 300 : 12);
    for (int i = 0; i < length; i++) {
      switch (random.nextInt(12)) {
        case 0 -> out.append('\\').append(pick(SIMPLE_ESCAPES));
        case 1 -> addEscape(random.nextInt(0x10000));
        case 2 -> {
          addEscape(0xd800 + random.nextInt(0x800));
          addEscape(0xd800 + random.nextInt(0x800));
        }
        case 3 -> addCharacter(0x80 + random.nextInt(0x780));
        case 4 -> addCharacter(0x800 + random.nextInt(0xd000));
        case 5 -> addCharacter(0xe000 + random.nextInt(0x2000));
        case 6 -> addCharacter(0x10000 + random.nextInt(0x100000));
        default -> addCharacter(0x20 + random.nextInt(0x60));
      }
    }
    out.append('"');
  }

  private void addEscape(int unit) {
    String hex = String.format(random.nextBoolean() ? "%04x" : "%04X", unit);
    out.append("\\u").append(hex);
  }

  private void addCharacter(int codePoint) {
    if (codePoint != '"' && codePoint != '\\') {
      out.appendCodePoint(codePoint);
    }
  }

  private char pick(String choices) {
    return choices.charAt(random.nextInt(choices.length()));
  }
}
