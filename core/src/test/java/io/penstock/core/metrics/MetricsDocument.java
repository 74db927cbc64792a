package io.penstock.core.metrics;

import io.penstock.core.metrics.LibraryMetric.Library;
import io.penstock.core.metrics.Metric.Kind;
import io.penstock.core.metrics.Metric.Label;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Writes {@code docs/reference/metrics.md} from the catalogues, for the test that compares the two.
 */
final class MetricsDocument {
  private MetricsDocument() {}

  /** The whole page. */
  static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Metrics

            <!-- Generated from core/src/main/java/io/penstock/core/metrics/Metric.java; CONTRIBUTING.md says how. -->

            `/metrics` of each long-running process, in Prometheus's text format. A histogram has the series `_bucket`, `_sum`
            and `_count`, a summary the last two; its largest value of the last minutes is the gauge `_max`. A metric is there
            from the start, with 0 or NaN where nothing has happened, unless its meaning says when it is absent.

            Metrics by client have the busiest clients by name, and all others as `other`; in each scrape they add up to the
            metric without clients. A client keeps its name until another is at least twice as busy, which is looked at every five
            minutes. Then its series end, and what they had counted is added to `other`, whose rate jumps: for the rate of the
            others take the total's less that of the clients by name. Dead letters of a client that may be nobody's
            (`UNKNOWN_CLIENT`, or refused before it was looked up) are the `other`'s, unless it has a name already.
            """);
    for (Metric.Owner owner : Metric.Owner.values()) {
      List<Metric> metrics = Metric.ALL.stream().filter(metric -> metric.owner() == owner).toList();
      if (!metrics.isEmpty()) {
        page.append("\n## ")
            .append(owner.title())
            .append("\n\n| metric | kind, unit | labels | meaning |\n|---|---|---|---|\n");
        metrics.forEach(metric -> page.append(row(metric)));
      }
    }
    page.append(
        """

        ## From libraries

        What libraries measure of themselves, through Micrometer's binders: of several hundred names those that follow. Times
        of Kafka's clients are in milliseconds, as Kafka has them; what is the longest of the last minute is NaN where there
        was none. A client that lives for one command or one replay only is not among them.
        """);
    for (Library library : Library.values()) {
      page.append("\n### ")
          .append(library.title())
          .append("\n\n")
          .append(
              library.owners().stream().map(Metric.Owner::title).collect(Collectors.joining(", ")))
          .append(".\n\n| metric | kind, unit | labels | meaning |\n|---|---|---|---|\n");
      LibraryMetric.ALL.stream()
          .filter(metric -> metric.library() == library)
          .forEach(metric -> page.append(row(metric)));
    }
    return page.toString();
  }

  private static String row(LibraryMetric metric) {
    return "| `%s` | %s, %s | %s | %s |\n"
        .formatted(
            metric.name(),
            metric.kind().name().toLowerCase(Locale.ROOT),
            metric.unit(),
            metric.labels().stream()
                .map(label -> "`" + label + "`")
                .collect(Collectors.joining(", ")),
            metric.help());
  }

  private static String row(Metric metric) {
    return "| `%s` | %s, %s | %s | %s |\n"
        .formatted(
            metric.name(),
            metric.kind().name().toLowerCase(Locale.ROOT),
            metric.unit(),
            metric.labels().stream().map(MetricsDocument::label).collect(Collectors.joining("; ")),
            metric.help().replace("|", "\\|") + buckets(metric));
  }

  private static String label(Label label) {
    return "`%s`: %s"
        .formatted(
            label.name(),
            label.values().isEmpty()
                ? label.meaning()
                : label.values().stream()
                    .map(value -> "`" + value + "`")
                    .collect(Collectors.joining(", ")));
  }

  private static String buckets(Metric metric) {
    return metric.kind() == Kind.HISTOGRAM
        ? ". `le`: "
            + metric.buckets().stream().map(String::valueOf).collect(Collectors.joining(", "))
        : "";
  }
}
