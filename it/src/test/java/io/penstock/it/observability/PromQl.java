package io.penstock.it.observability;

import static java.util.stream.Collectors.toCollection;

import io.penstock.core.metrics.LibraryMetric;
import io.penstock.core.metrics.Metric;
import io.penstock.core.metrics.Metric.Kind;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What an expression of Prometheus's language asks for, as far as tests need it. */
final class PromQl {
  private static final Pattern LABELS =
      Pattern.compile(
          "\"[^\"]*\"|\\[[^]]*]|\\{[^}]*}"
              + "|\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");
  private static final Pattern WORDS =
      Pattern.compile(
          "\\b(?:and|or|unless|offset|bool|group_left|group_right)\\b|\\b\\d[\\w.]*|[\\w:]+\\s*(?=\\()");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][\\w:]*");
  private static final Pattern OF_HISTOGRAM = Pattern.compile("(.*)_(?:bucket|sum|count|max)");

  private PromQl() {}

  /** The names of all metrics, as they are asked for. */
  static Set<String> metrics(String expression) {
    return NAME.matcher(WORDS.matcher(LABELS.matcher(expression).replaceAll(" ")).replaceAll(" "))
        .results()
        .map(MatchResult::group)
        .collect(toCollection(TreeSet::new));
  }

  /** Whether a name is that of a metric in a catalogue, or of a series of such a histogram. */
  static boolean isOurs(String name) {
    var histogram = OF_HISTOGRAM.matcher(name);
    String ofHistogram = histogram.matches() ? histogram.group(1) : "";
    return Metric.ALL.stream()
            .anyMatch(metric ->
                metric.name().equals(metric.kind() == Kind.HISTOGRAM ? ofHistogram : name))
        || LibraryMetric.ALL.stream()
            .anyMatch(
                metric -> metric.name().equals(metric.kind() == Kind.SUMMARY ? ofHistogram : name));
  }
}
