package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.ConfigException;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.kafka.LeftOut;
import io.penstock.dlq.forecast.Forecast;
import io.penstock.dlq.letter.LetterText;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./penstock dlq show}. */
@Command(
    name = "show",
    description =
        "Shows one dead letter: its headers, its attempts, what would come of a replay, the beginning of its payload; keys are masked.")
@Shows(ShowCommand.Letter.class)
final class ShowCommand extends DlqCommand {
  /** In characters, of what is shown unless all is asked for. */
  private static final int MAX_PAYLOAD = 16_384;

  private static final int MAX_HEADER = 4_096;
  private static final int MAX_HEADERS = 100;

  @Parameters(paramLabel = "ORIGIN", description = "As \"dlq list\" shows it.")
  private String origin = "";

  @Option(
      names = "--full",
      description = "All of the payload and the headers; \"dlq export\" has them byte for byte.")
  private boolean full;

  /**
   * A dead letter; keys are masked.
   *
   * @param origin by which other commands know it
   * @param partition of the dead-letter topic
   * @param offset there
   * @param writtenAt when it was written there
   * @param headers in their order; without {@code --full} the first hundred
   * @param predicted what would come of a replay; null: not known
   * @param predictedDetail more of it; where it is not known, why
   * @param bytes of the payload
   * @param payload or its beginning
   * @param cut whether anything of it is left out
   */
  record Letter(
      String origin,
      int partition,
      long offset,
      Instant writtenAt,
      List<NameValue> headers,
      @Nullable String predicted,
      String predictedDetail,
      long bytes,
      String payload,
      boolean cut) {}

  /**
   * A header.
   *
   * @param value {@code base64:...} where it is no text
   */
  record NameValue(String name, String value) {}

  @Override
  int run(DlqApp app) {
    List<DeadLetter> found = new ArrayList<>();
    var _ = read(app, LetterFilter.ofOrigin(origin), found::add);
    if (found.isEmpty()) {
      throw CommandFailure.failed("No dead letter \"" + origin + "\" is outstanding.", null)
          .remedy("./penstock dlq list");
    }
    // The key names its partition, but another tool may have put the same key elsewhere.
    try (Forecast forecast = app.forecast(app.config(Forecast.Config::from))) {
      found.forEach(letter -> show(letter, forecast.of(letter)));
    } catch (ConfigException e) {
      Forecast.Outcome unknown = new Forecast.Outcome(null, String.join("; ", e.problems()));
      found.forEach(letter -> show(letter, unknown));
    }
    return ExitCode.DONE;
  }

  void show(DeadLetter letter, Forecast.Outcome forecast) {
    var _ = output.show(shown(letter, forecast), out -> print(out, letter, forecast));
  }

  private void print(PrintWriter out, DeadLetter letter, Forecast.Outcome forecast) {
    out.println("Dead letter " + LetterText.origin(letter));
    out.println(
        "  in %s %s, written %s"
            .formatted(letter.partition().topic(), letter.place(), letter.writtenAt()));
    String attempt = letter.text(DeadLetterHeaders.ATTEMPT);
    if (attempt == null) {
      out.println("  has no header that tells how often it failed");
    } else {
      out.println(
          "  failed %s time%s, first %s, last %s"
              .formatted(
                  LetterText.line(attempt),
                  attempt.equals("1") ? "" : "s",
                  LetterText.line(letter.text(DeadLetterHeaders.FIRST_FAILED_AT)),
                  LetterText.line(letter.text(DeadLetterHeaders.FAILED_AT))));
    }
    out.println();
    out.println("Headers");
    Header[] headers = headers(letter);
    for (Header header : shown(headers)) {
      Cut value = cut(LetterText.header(header), MAX_HEADER);
      out.println(
          "  "
              + LetterText.line(LetterText.cut(header.key(), MAX_HEADER))
              + ": "
              + LetterText.lines(value.text.indent(6).strip().replace("\r", ""))
              + value.more());
    }
    if (shown(headers).size() < headers.length) {
      out.println("  ... and %,d more; --full shows all".formatted(headers.length - MAX_HEADERS));
    }
    out.println();
    out.println("If it were replayed now: " + LetterText.line(forecast.text()));
    out.println();
    Cut payload = payload(letter, true);
    if (letter.leftOut() == null) {
      out.println("Payload, %,d bytes".formatted(letter.size()));
      out.println(LetterText.lines(payload.text) + payload.more());
    } else {
      out.println("Payload, %,d bytes, of which it begins with".formatted(letter.size()));
      out.println(LetterText.lines(payload.text));
      out.println(
          "Too large to be shown; all of it: ./penstock dlq export --origin '%s' FILE"
              .formatted(LetterText.origin(letter)));
    }
  }

  /**
   * A text as far as it is shown.
   *
   * @param whole whether that is all of it
   */
  private record Cut(String text, boolean whole) {
    String more() {
      return whole ? "" : " ... (cut; --full shows all of it)";
    }
  }

  private Cut cut(String masked, int limit) {
    return full
        ? new Cut(masked, true)
        : new Cut(LetterText.cut(masked, limit), masked.length() <= limit);
  }

  private Cut payload(DeadLetter letter, boolean pretty) {
    if (letter.leftOut() != null) {
      return new Cut(LetterText.beginning(letter.value()), false);
    }
    return full
        ? new Cut(LetterText.payload(letter.value(), pretty), true)
        : cut(LetterText.payload(letter.value(), pretty, MAX_PAYLOAD + 1), MAX_PAYLOAD);
  }

  private static Header[] headers(DeadLetter letter) {
    return Stream.of(letter.headers().toArray())
        .filter(header -> !LeftOut.isMark(header))
        .toArray(Header[]::new);
  }

  private List<Header> shown(Header[] headers) {
    return Stream.of(headers).limit(full ? headers.length : MAX_HEADERS).toList();
  }

  private Letter shown(DeadLetter letter, Forecast.Outcome forecast) {
    List<Header> headers = shown(headers(letter));
    List<Cut> values =
        headers.stream().map(header -> cut(LetterText.header(header), MAX_HEADER)).toList();
    Cut payload = payload(letter, false);
    boolean whole =
        headers.size() == headers(letter).length
            && values.stream().allMatch(Cut::whole)
            && payload.whole;
    return new Letter(
        LetterText.origin(letter),
        letter.partition().partition(),
        letter.offset(),
        letter.writtenAt(),
        IntStream.range(0, headers.size())
            .mapToObj(i -> new NameValue(headers.get(i).key(), values.get(i).text))
            .toList(),
        forecast.name(),
        forecast.detail(),
        letter.size(),
        payload.text,
        !whole);
  }
}
