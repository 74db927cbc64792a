package io.penstock.dlq.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.letter.LetterText;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description =
        "Lists outstanding dead letters in the order of the dead-letter topic, or the newest first.")
final class ListCommand implements Callable<Integer> {
  private static final int MAX_LIMIT = 10_000;
  private static final int MAX_DETAIL = 80;

  @Spec private CommandSpec spec = CommandSpec.create();
  @ParentCommand private DlqMain dlq = new DlqMain();
  @Mixin private FilterOptions filters = new FilterOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "50",
      description = "At most N lines, up to 10000; all are counted; default: ${DEFAULT-VALUE}.")
  private int limit = 50;

  @Option(
      names = "--newest",
      description = "Those that failed last, the latest first, rather than the first of the topic.")
  private boolean newest;

  /** What a line shows; the payload stays behind. */
  record Line(
      String origin,
      Instant failedAt,
      @Nullable String client,
      @Nullable String reason,
      @Nullable String attempt,
      @Nullable String detail) {
    static Line of(DeadLetter letter) {
      return new Line(
          LetterText.origin(letter),
          letter.failedAt(),
          letter.text(DeadLetterHeaders.CLIENT),
          letter.text(DeadLetterHeaders.REASON),
          letter.text(DeadLetterHeaders.ATTEMPT),
          letter.text(DeadLetterHeaders.DETAIL));
    }
  }

  @Override
  public Integer call() {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw CommandFailure.usage("--limit " + limit + " is not between 1 and " + MAX_LIMIT);
    }
    LetterFilter filter = filters.filter(Instant.now());
    KafkaConfig kafka = dlq.config(KafkaConfig::from);
    Lines kept = newest ? new Newest(limit) : new First(limit);
    long total =
        LetterReading.run(
            kafka,
            dlq.names(filter, kafka),
            2,
            spec.commandLine().getErr(),
            letters -> {
              long[] count = new long[1];
              letters.read(letter -> {
                count[0]++;
                kept.add(letter);
              });
              return count[0];
            });
    List<Line> lines = kept.lines();
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(Json.object(json -> write(json, total, lines)));
    } else {
      print(out, total, lines);
    }
    out.flush();
    return ExitCode.DONE;
  }

  /** Which letters are shown; as many as the limit allows are kept. */
  private sealed interface Lines {
    void add(DeadLetter letter);

    /** In the order to show them. */
    List<Line> lines();
  }

  private record First(int limit, List<Line> lines) implements Lines {
    First(int limit) {
      this(limit, new ArrayList<>());
    }

    @Override
    public void add(DeadLetter letter) {
      if (lines.size() < limit) {
        lines.add(Line.of(letter));
      }
    }
  }

  private record Newest(int limit, PriorityQueue<Line> oldestFirst) implements Lines {
    Newest(int limit) {
      this(limit, new PriorityQueue<>(Comparator.comparing(Line::failedAt)));
    }

    @Override
    public void add(DeadLetter letter) {
      Line oldest = oldestFirst.peek();
      if (oldest == null || oldestFirst.size() < limit) {
        oldestFirst.add(Line.of(letter));
      } else if (letter.failedAt().isAfter(oldest.failedAt)) {
        oldestFirst.remove();
        oldestFirst.add(Line.of(letter));
      }
    }

    @Override
    public List<Line> lines() {
      return oldestFirst.stream().sorted(Comparator.comparing(Line::failedAt).reversed()).toList();
    }
  }

  void print(PrintWriter out, long total, List<Line> lines) {
    if (lines.isEmpty()) {
      out.println("No dead letters.");
      return;
    }
    Table table =
        new Table("ORIGIN", "FAILED AT", "CLIENT", "REASON", "ATTEMPT", "DETAIL")
            .whole("ORIGIN", "REASON");
    for (Line line : lines) {
      table.row(
          line.origin,
          line.failedAt.truncatedTo(ChronoUnit.SECONDS),
          LetterText.line(line.client),
          LetterText.line(line.reason),
          LetterText.line(line.attempt),
          detail(line.detail));
    }
    table.print(out, output.columns());
    out.println();
    out.println(
        total == lines.size()
            ? "%,d outstanding".formatted(total)
            : "%,d of %,d outstanding".formatted(lines.size(), total));
  }

  private static String detail(@Nullable String detail) {
    String shown = LetterText.line(detail);
    return shown.length() <= MAX_DETAIL ? shown : LetterText.cut(shown, MAX_DETAIL) + "...";
  }

  static void write(JsonGenerator json, long total, List<Line> lines) throws IOException {
    json.writeNumberField("outstanding", total);
    json.writeArrayFieldStart("letters");
    for (Line line : lines) {
      json.writeStartObject();
      json.writeStringField("origin", line.origin);
      json.writeStringField("failedAt", line.failedAt.toString());
      json.writeStringField("client", line.client);
      json.writeStringField("reason", line.reason);
      json.writeStringField("attempt", line.attempt);
      json.writeStringField("detail", line.detail);
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
