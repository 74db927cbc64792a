package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.letter.LetterText;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock dlq list}. */
@Command(
    name = "list",
    description =
        "Lists outstanding dead letters in the order of the dead-letter topic, or the newest first.")
@Shows(ListCommand.Listed.class)
final class ListCommand extends DlqCommand.OnLetters {
  private static final int MAX_LIMIT = 10_000;
  private static final int MAX_DETAIL = 80;
  private static final Comparator<Line> OLDEST_FIRST = Comparator.comparing(Line::failedAt);

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most N lines, up to 10000; all are counted; default: ${DEFAULT-VALUE}.")
  private int limit = 50;

  @Option(
      names = "--newest",
      description = "Those that failed last, the latest first, rather than the first of the topic.")
  private boolean newest;

  /**
   * What is listed.
   *
   * @param outstanding how many letters there are, listed or not
   * @param letters in the order of the topic, or the newest first
   */
  record Listed(long outstanding, List<Line> letters) {}

  /**
   * What a line shows; the payload stays behind.
   *
   * @param origin by which other commands know the letter
   * @param failedAt last
   * @param client null: it has no header that tells it; as all that follows
   * @param reason why it became a dead letter
   * @param attempt how often it has failed
   * @param detail of the last failure
   */
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
  int run(DlqApp app) {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw CommandFailure.usage("--limit " + limit + " is not between 1 and " + MAX_LIMIT);
    }
    LetterFilter filter = filters.filter(Instant.now());
    List<Line> first = new ArrayList<>();
    PriorityQueue<Line> latest = new PriorityQueue<>(OLDEST_FIRST);
    long total =
        read(
            app,
            filter,
            letter -> {
              if (newest) {
                keep(letter, latest);
              } else if (first.size() < limit) {
                first.add(Line.of(letter));
              }
            });
    return show(
        new Listed(
            total, newest ? latest.stream().sorted(OLDEST_FIRST.reversed()).toList() : first));
  }

  /** Keeps a letter in the place of the oldest, if it is younger; as many as the limit allows. */
  private void keep(DeadLetter letter, PriorityQueue<Line> latest) {
    Line oldest = latest.size() < limit ? null : latest.peek();
    if (oldest == null || letter.failedAt().isAfter(oldest.failedAt)) {
      if (oldest != null) {
        latest.remove();
      }
      latest.add(Line.of(letter));
    }
  }

  int show(Listed view) {
    return output.show(view, out -> print(out, view));
  }

  private void print(PrintWriter out, Listed view) {
    if (view.letters.isEmpty()) {
      out.println("No dead letters.");
      return;
    }
    Table table =
        new Table("ORIGIN", "FAILED AT", "CLIENT", "REASON", "ATTEMPT", "DETAIL")
            .whole("ORIGIN", "REASON");
    for (Line line : view.letters) {
      table.row(
          line.origin,
          line.failedAt.truncatedTo(ChronoUnit.SECONDS),
          LetterText.line(line.client),
          LetterText.line(line.reason),
          LetterText.line(line.attempt),
          detail(line.detail));
    }
    output.print(table);
    out.println();
    out.println(
        view.outstanding == view.letters.size()
            ? "%,d outstanding".formatted(view.outstanding)
            : "%,d of %,d outstanding".formatted(view.letters.size(), view.outstanding));
  }

  private static String detail(@Nullable String detail) {
    String shown = LetterText.line(detail);
    return shown.length() <= MAX_DETAIL ? shown : LetterText.cut(shown, MAX_DETAIL) + "...";
  }
}
