package io.penstock.dlq.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.letter.LetterStats;
import io.penstock.dlq.letter.LetterText;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq stats}. */
@Command(
    name = "stats",
    mixinStandardHelpOptions = true,
    description = "Counts the outstanding dead letters, one line for each cause.")
final class StatsCommand implements Callable<Integer> {
  private static final int MAX_NAMED = 3;

  @Spec private CommandSpec spec = CommandSpec.create();
  @ParentCommand private DlqMain dlq = new DlqMain();
  @Mixin private FilterOptions filters = new FilterOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--by",
      paramLabel = "cause|client|reason|hour",
      defaultValue = "cause",
      description = "What to count by; default: ${DEFAULT-VALUE}.")
  private LetterStats.By by = LetterStats.By.CAUSE;

  @Override
  public Integer call() {
    LetterFilter filter = filters.filter(Instant.now());
    KafkaConfig kafka = dlq.config(KafkaConfig::from);
    LetterStats stats = new LetterStats(by);
    LetterReading.run(
        kafka,
        dlq.names(filter, kafka),
        2,
        spec.commandLine().getErr(),
        letters -> {
          letters.read(stats::add);
          return stats;
        });
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(Json.object(json -> write(json, stats)));
    } else {
      print(out, stats, output.columns());
    }
    out.flush();
    return ExitCode.DONE;
  }

  void print(PrintWriter out, LetterStats stats, int columns) {
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

  void write(JsonGenerator json, LetterStats stats) throws IOException {
    json.writeNumberField("letters", stats.total());
    json.writeStringField("by", by.name().toLowerCase(Locale.ROOT));
    json.writeArrayFieldStart("groups");
    for (LetterStats.Group group : stats.groups()) {
      json.writeStartObject();
      json.writeStringField(by.name().toLowerCase(Locale.ROOT), group.name());
      json.writeNumberField("letters", group.count());
      if (by == LetterStats.By.CAUSE) {
        writeText(json, "stage", group.text(DeadLetterHeaders.STAGE));
        writeText(json, "reason", group.text(DeadLetterHeaders.REASON));
        writeText(json, "clickHouseCode", group.text(DeadLetterHeaders.CLICKHOUSE_CODE));
        json.writeStringField("field", group.subject());
        writeText(json, "retry", group.text(DeadLetterHeaders.RETRY));
      }
      writeBounded(json, "clients", group.clients());
      writeBounded(json, "causes", group.causes());
      json.writeStringField("first", group.first().toString());
      json.writeStringField("last", group.last().toString());
      json.writeStringField("example", group.example());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeBounded(JsonGenerator json, String name, Set<String> names)
      throws IOException {
    json.writeNumberField(name, Math.min(names.size(), LetterStats.MAX_NAMES));
    if (names.size() > LetterStats.MAX_NAMES) {
      json.writeBooleanField(name + "AreMore", true);
    }
  }

  private static void writeText(JsonGenerator json, String name, @Nullable String text)
      throws IOException {
    if (text != null) {
      json.writeStringField(name, text);
    }
  }
}
