package io.penstock.dlq.correction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random events are written piece by piece, so that it is known which bytes a correction may touch;
 * all others must come back as they were.
 */
class CorrectionsVerbatimTest {
  private static final long SEED = 20_261_121;
  private static final int RUNS = 10_000;
  private static final String[] SPACES = {"", "", "", " ", "\n", "\t", "\r\n ", "  "};
  private static final String[] SCALARS = {
    "0", "-0", "1.10", "1e400", "-1E-400", "12345678901234567890.5", "true", "false", "null", "\"\""
  };
  private static final String[] CHARACTERS = {
    "a",
    "\\\"",
    "\\\\",
    "\\/",
    "\\u0041",
    "\\ud83d\\ude00",
    "é",
    "€",
    "😀",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "target",
    "\\n",
    "\u007f"
  };

  private final Random random = new Random(SEED);

  /**
   * An event.
   *
   * @param name the target's name and the colon
   * @param value the target's value; null if there is no target: then it would go between before
   *     and after
   * @param alone whether its object has no other member
   */
  private record Event(
      String before, String name, @Nullable String value, String after, boolean alone) {
    String text() {
      return value == null ? before + after : before + name + value + after;
    }
  }

  @Test
  void bytesThatNoCorrectionTouchesStay() {
    for (int run = 0; run < RUNS; run++) {
      boolean nested = random.nextBoolean();
      Event event = nested ? within(event()) : event();
      FieldPath target = FieldPath.parse("", nested ? "outer.target" : "target");
      FieldPath other = FieldPath.parse("", nested ? "outer.other" : "other");
      NewValue newValue = NewValue.parse("", target, "[1.10]");
      String added = (event.alone ? "" : ",") + "\"target\":[1.10]";
      String set = event.value == null ? added : event.name + "[1.10]";
      String renamed =
          event.value == null
              ? ""
              : "\"other\"" + event.name.substring(event.name.indexOf('"', 1) + 1) + event.value;
      boolean present = event.value != null && !event.value.equals("null");

      check(run, event, new Correction.SetField(target, newValue), set);
      check(run, event, new Correction.RenameField(target, other), renamed);
      check(
          run,
          event,
          new Correction.DefaultField(target, newValue),
          present ? event.name + event.value : set);
    }
  }

  private static void check(int run, Event event, Correction correction, String replacement) {
    byte[] original = event.text().getBytes(UTF_8);

    Corrected corrected = new Corrections(List.of(correction)).apply(original, new RecordHeaders());

    String actual =
        switch (corrected) {
          case Corrected.Changed(byte[] value, var _) -> new String(value, UTF_8);
          case Corrected.Unchanged() -> event.text();
          case Corrected.Impossible(String why) -> why;
        };
    assertThat(actual)
        .as("seed %d, run %d, %s", SEED, run, correction)
        .isEqualTo(event.before + replacement + event.after);
    assertThat(original).isEqualTo(event.text().getBytes(UTF_8));
  }

  private Event event() {
    List<String> members = members(2);
    String name = pick("\"target\"", "\"t\\u0061rget\"") + space() + ":" + space();
    int at = random.nextInt(members.size() + 1);
    if (random.nextInt(4) > 0) {
      String before = members.subList(0, at).stream().map(m -> m + ",").reduce("", String::concat);
      String after =
          members.subList(at, members.size()).stream().map(m -> "," + m).reduce("", String::concat);
      return new Event(
          "{" + space() + before + space(), name, value(3), space() + after + space() + "}", false);
    }
    String inside = members.isEmpty() ? "" : space() + String.join(space() + ",", members);
    return new Event("{" + inside, name, null, space() + "}", members.isEmpty());
  }

  /** The event as the value of a member of another. */
  private Event within(Event inner) {
    String before = members(2).stream().map(m -> m + ",").reduce("", String::concat);
    String after = members(2).stream().map(m -> "," + m).reduce("", String::concat);
    return new Event(
        space() + "{" + before + space() + "\"outer\"" + space() + ":" + space() + inner.before,
        inner.name,
        inner.value,
        inner.after + space() + after + "}" + space(),
        inner.alone);
  }

  private List<String> members(int depth) {
    List<String> members = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      // Names repeat at times, and none is that of the target.
      String name = pick("\"x\"", "\"x" + characters() + "\"", "\"targets\"");
      members.add(name + space() + ":" + space() + value(depth));
    }
    return members;
  }

  private String value(int depth) {
    return switch (random.nextInt(depth > 0 ? 5 : 3)) {
      case 0, 1 -> pick(SCALARS);
      case 2 -> "\"" + characters() + pick("", "\\ud800") + "\"";
      case 3 -> "[" + space() + value(depth - 1) + "," + value(depth - 1) + space() + "]";
      default -> {
        List<String> members = members(depth - 1);
        members.add("\"target\":" + value(depth - 1));
        yield "{" + String.join(space() + "," + space(), members) + space() + "}";
      }
    };
  }

  private String characters() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(random.nextInt(20) == 0 ? 200 : 6); i > 0; i--) {
      text.append(pick(CHARACTERS));
    }
    return text.toString();
  }

  private String space() {
    return pick(SPACES);
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
