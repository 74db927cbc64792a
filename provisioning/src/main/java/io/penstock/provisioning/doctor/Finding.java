package io.penstock.provisioning.doctor;

import java.util.List;
import java.util.regex.Matcher;

/**
 * One thing that is as it should be, or is not.
 *
 * @param level how bad it is
 * @param what a short sentence without a full stop; of the level {@code OK} a few words
 * @param remedy what to do, a command where there is one; empty where nothing is to be done
 * @param subjects the clients, tables and the like that it is about; may be many
 */
public record Finding(Level level, String what, String remedy, List<String> subjects) {
  /** How bad it is, the worst last. */
  public enum Level {
    OK,
    /** Worth knowing; nothing has to be done. */
    NOTE,
    /** Works still, or not for all. */
    WARNING,
    /** Does not work, or loses or delays events. */
    ERROR
  }

  /** Copies the list. */
  public Finding {
    subjects = List.copyOf(subjects);
  }

  static Finding ok(String what) {
    return new Finding(Level.OK, what, "", List.of());
  }

  static Finding note(String what, String remedy) {
    return new Finding(Level.NOTE, what, remedy, List.of());
  }

  static Finding warning(String what, String remedy) {
    return new Finding(Level.WARNING, what, remedy, List.of());
  }

  static Finding error(String what, String remedy) {
    return new Finding(Level.ERROR, what, remedy, List.of());
  }

  /**
   * The same finding about these subjects; if there is one, its name replaces the word {@code ID}
   * in the remedy.
   */
  Finding about(List<String> those) {
    String filled =
        those.size() == 1
            ? remedy.replaceAll("\\bID\\b", Matcher.quoteReplacement(those.getFirst()))
            : remedy;
    return new Finding(level, what, filled, those);
  }
}
