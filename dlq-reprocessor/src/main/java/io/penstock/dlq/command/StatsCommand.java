package io.penstock.dlq.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.letter.LetterStats;
import io.penstock.dlq.letter.LetterText;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock dlq stats}. */
@Command(
    name = "stats",
    description = "Counts the outstanding dead letters, one line for each cause.")
@Shows(StatsCommand.Counted.class)
final class StatsCommand extends DlqCommand.OnLetters {
  private static final int MAX_NAMED = 3;

  @Option(
      names = "--by",
      paramLabel = "cause|client|reason|hour",
      defaultValue = "cause",
      description = "What to count by; default: ${DEFAULT-VALUE}.")
  private LetterStats.By by = LetterStats.By.CAUSE;

  /**
   * Letters counted.
   *
   * @param letters how many are outstanding
   * @param by what they are counted by
   * @param groups hours from the earliest on, everything else by count, the largest first
   */
  record Counted(long letters, LetterStats.By by, List<Group> groups) {
    static Counted of(LetterStats stats, LetterStats.By by) {
      return new Counted(
          stats.total(), by, stats.groups().stream().map(group -> Group.of(group, by)).toList());
    }
  }

  /**
   * Letters of one cause, client, reason or hour.
   *
   * @param letters how many
   * @param clients how many, up to 1,000
   * @param clientsAreMore true: still more
   * @param causes how many, up to 1,000
   * @param causesAreMore true: still more
   * @param first when the first of them failed, by the last attempt of each
   * @param last when the last of them failed
   * @param example the first that was read
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Group(
      @JsonUnwrapped Name name,
      long letters,
      @JsonUnwrapped @Nullable Cause about,
      int clients,
      @Nullable Boolean clientsAreMore,
      int causes,
      @Nullable Boolean causesAreMore,
      Instant first,
      Instant last,
      String example) {
    static Group of(LetterStats.Group group, LetterStats.By by) {
      return new Group(
          Name.of(by, group.name()),
          group.count(),
          by == LetterStats.By.CAUSE ? Cause.of(group) : null,
          Math.min(group.clients().size(), LetterStats.MAX_NAMES),
          more(group.clients()),
          Math.min(group.causes().size(), LetterStats.MAX_NAMES),
          more(group.causes()),
          group.first(),
          group.last(),
          group.example());
    }

    private static @Nullable Boolean more(Set<String> names) {
      return names.size() > LetterStats.MAX_NAMES ? Boolean.TRUE : null;
    }
  }

  /**
   * One of the four.
   *
   * @param cause with {@code --by cause}: the fingerprint
   * @param client with {@code --by client}
   * @param reason with {@code --by reason}
   * @param hour with {@code --by hour}: when it began
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Name(
      @Nullable String cause,
      @Nullable String client,
      @Nullable String reason,
      @Nullable String hour) {
    static Name of(LetterStats.By by, String name) {
      return switch (by) {
        case CAUSE -> new Name(name, null, null, null);
        case CLIENT -> new Name(null, name, null, null);
        case REASON -> new Name(null, null, name, null);
        case HOUR -> new Name(null, null, null, name);
      };
    }
  }

  /**
   * What the letters of a cause share, with {@code --by cause}.
   *
   * @param stage where they failed
   * @param reason why they are dead letters
   * @param clickHouseCode 0: ClickHouse has not refused them
   * @param field what the failures are about, a field or a column; "": nothing
   * @param retry whether they can succeed later
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Cause(
      @Nullable String stage,
      @Nullable String reason,
      @Nullable String clickHouseCode,
      String field,
      @Nullable String retry) {
    static Cause of(LetterStats.Group group) {
      return new Cause(
          group.text(DeadLetterHeaders.STAGE),
          group.text(DeadLetterHeaders.REASON),
          group.text(DeadLetterHeaders.CLICKHOUSE_CODE),
          group.subject(),
          group.text(DeadLetterHeaders.RETRY));
    }
  }

  @Override
  int run(DlqApp app) {
    LetterFilter filter = filters.filter(Instant.now());
    LetterStats stats = new LetterStats(by);
    var _ = read(app, filter, stats::add);
    return show(stats);
  }

  int show(LetterStats stats) {
    return output.show(Counted.of(stats, by), out -> print(out, stats, output.columns()));
  }

  private void print(PrintWriter out, LetterStats stats, int columns) {
    if (stats.total() == 0) {
      out.println("No dead letters.");
      return;
    }
    switch (by) {
      case CAUSE -> printCauses(out, stats, columns);
      case CLIENT, REASON, HOUR -> printGroups(out, stats, columns);
    }
    out.println();
    out.println(
        "%,d outstanding, %,d %s%s"
            .formatted(
                stats.total(),
                stats.groups().size(),
                by.name().toLowerCase(Locale.ROOT),
                stats.groups().size() == 1 ? "" : "s"));
  }

  private static void printCauses(PrintWriter out, LetterStats stats, int columns) {
    Table table =
        new Table(
                "LETTERS",
                "STAGE",
                "REASON",
                "CODE",
                "FIELD",
                "RETRY",
                "CLIENTS",
                "FIRST",
                "LAST",
                "EXAMPLE",
                "FINGERPRINT")
            .whole("EXAMPLE", "FINGERPRINT");
    for (LetterStats.Group group : stats.groups()) {
      table.row(
          "%,d".formatted(group.count()),
          text(group, DeadLetterHeaders.STAGE),
          text(group, DeadLetterHeaders.REASON),
          text(group, DeadLetterHeaders.CLICKHOUSE_CODE),
          group.subject().isEmpty() ? "-" : LetterText.line(group.subject()),
          text(group, DeadLetterHeaders.RETRY),
          clients(group.clients()),
          seconds(group.first()),
          seconds(group.last()),
          group.example(),
          LetterText.line(group.name()));
    }
    table.print(out, columns);
  }

  private void printGroups(PrintWriter out, LetterStats stats, int columns) {
    Table table =
        new Table(by.name(), "LETTERS", "CAUSES", "CLIENTS", "FIRST", "LAST", "EXAMPLE")
            .whole(by.name(), "EXAMPLE");
    for (LetterStats.Group group : stats.groups()) {
      table.row(
          LetterText.line(group.name()),
          "%,d".formatted(group.count()),
          size(group.causes()),
          clients(group.clients()),
          seconds(group.first()),
          seconds(group.last()),
          group.example());
    }
    table.print(out, columns);
  }

  private static String text(LetterStats.Group group, String header) {
    return LetterText.line(group.text(header));
  }

  private static String clients(Set<String> clients) {
    if (clients.isEmpty()) {
      return "-";
    }
    return clients.size() <= MAX_NAMED
        ? LetterText.line(String.join(", ", clients))
        : size(clients) + " clients";
  }

  private static String size(Set<String> names) {
    return names.size() > LetterStats.MAX_NAMES
        ? "more than %,d".formatted(LetterStats.MAX_NAMES)
        : "%,d".formatted(names.size());
  }

  private static String seconds(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
