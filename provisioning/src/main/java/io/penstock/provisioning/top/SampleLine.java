package io.penstock.provisioning.top;

import java.text.ParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of Prometheus's text format that is a sample: {@code name{label="value",...} value}, with
 * an optional time behind it, which nobody needs here.
 */
record SampleLine(String name, Map<String, String> labels, double value) {
  private static final Pattern LINE =
      Pattern.compile(
          "(?<name>[a-zA-Z_:][\\w:]*)(?:\\{(?<labels>(?:[^\"}]|\"(?:[^\"\\\\]|\\\\.)*+\")*+)})?"
              + "[ \\t]+(?<value>[^ \\t]+)(?:[ \\t]+-?\\d+)?[ \\t]*");
  private static final Pattern LABEL =
      Pattern.compile(
          "\\s*(?<name>[a-zA-Z_]\\w*)\\s*=\\s*\"(?<value>(?:[^\"\\\\]|\\\\[\\\\\"n])*+)\"\\s*(?:,|$)");
  private static final Pattern ESCAPED = Pattern.compile("\\\\(.)");

  SampleLine {
    labels = Map.copyOf(labels);
  }

  /**
   * Reads a line.
   *
   * @param number of the line, for the message
   * @throws ParseException if it is not of this form
   */
  static SampleLine parse(String line, int number) throws ParseException {
    Matcher sample = LINE.matcher(line);
    if (!sample.matches()) {
      throw new ParseException("line %d is no sample of a metric".formatted(number), 0);
    }
    try {
      String labels = sample.group("labels");
      return new SampleLine(
          sample.group("name"),
          labels == null ? Map.of() : labels(labels, number),
          number(sample.group("value")));
    } catch (NumberFormatException e) {
      throw new ParseException("line %d has no number".formatted(number), 0);
    }
  }

  private static Map<String, String> labels(String text, int number) throws ParseException {
    Map<String, String> labels = new HashMap<>();
    Matcher label = LABEL.matcher(text);
    int end = 0;
    while (end < text.length()) {
      label.region(end, text.length());
      if (!label.lookingAt()
          || labels.put(label.group("name"), unescaped(label.group("value"))) != null) {
        throw new ParseException("line %d has no labels as they should be".formatted(number), end);
      }
      end = label.end();
    }
    return labels;
  }

  private static String unescaped(String value) {
    return ESCAPED
        .matcher(value)
        .replaceAll(
            one -> one.group(1).equals("n") ? "\n" : Matcher.quoteReplacement(one.group(1)));
  }

  /**
   * Reads a number as Prometheus writes it.
   *
   * @throws NumberFormatException if it is none
   */
  static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
