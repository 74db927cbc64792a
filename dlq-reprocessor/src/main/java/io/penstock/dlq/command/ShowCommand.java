package io.penstock.dlq.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.kafka.LeftOut;
import io.penstock.dlq.forecast.Forecast;
import io.penstock.dlq.forecast.Prediction;
import io.penstock.dlq.letter.LetterText;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Header;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description =
        "Shows one dead letter: its headers, its attempts, what would come of a replay, the beginning of its payload; keys are masked.")
final class ShowCommand implements Callable<Integer> {
  /** In characters, of what is shown unless all is asked for. */
  private static final int MAX_PAYLOAD = 16_384;

  private static final int MAX_HEADER = 4_096;
  private static final int MAX_HEADERS = 100;

  @Spec private CommandSpec spec = CommandSpec.create();
  @ParentCommand private DlqMain dlq = new DlqMain();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ORIGIN", description = "As \"dlq list\" shows it.")
  private String origin = "";

  @Option(
      names = "--full",
      description = "All of the payload and the headers; \"dlq export\" has them byte for byte.")
  private boolean full;

  @Override
  public Integer call() {
    KafkaConfig kafka = dlq.config(KafkaConfig::from);
    List<DeadLetter> found =
        LetterReading.run(
            kafka,
            dlq.names(LetterFilter.ofOrigin(origin), kafka),
            2,
            spec.commandLine().getErr(),
            letters -> {
              List<DeadLetter> all = new ArrayList<>();
              letters.read(all::add);
              return all;
            });
    if (found.isEmpty()) {
      throw CommandFailure.failed("No dead letter \"" + origin + "\" is outstanding.", null)
          .remedy("./penstock dlq list");
    }
    PrintWriter out = spec.commandLine().getOut();
    // The key names its partition, but another tool may have put the same key elsewhere.
    try (Prediction prediction =
        new Prediction(() -> dlq.config(Forecast.Config::from), dlq.environment())) {
      for (DeadLetter letter : found) {
        Prediction.Said predicted = prediction.of(letter);
        if (output.json()) {
          out.println(Json.object(json -> write(json, letter, predicted)));
        } else {
          print(out, letter, predicted);
        }
      }
    }
    out.flush();
    return ExitCode.DONE;
  }

  void print(PrintWriter out, DeadLetter letter, Prediction.Said predicted) {
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
    out.println("If it were replayed now: " + LetterText.line(predicted.text()));
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

  void write(JsonGenerator json, DeadLetter letter, Prediction.Said predicted) throws IOException {
    json.writeStringField("origin", LetterText.origin(letter));
    json.writeNumberField("partition", letter.partition().partition());
    json.writeNumberField("offset", letter.offset());
    json.writeStringField("writtenAt", letter.writtenAt().toString());
    json.writeArrayFieldStart("headers");
    boolean whole = shown(headers(letter)).size() == headers(letter).length;
    for (Header header : shown(headers(letter))) {
      Cut value = cut(LetterText.header(header), MAX_HEADER);
      whole &= value.whole;
      json.writeStartObject();
      json.writeStringField("name", header.key());
      json.writeStringField("value", value.text);
      json.writeEndObject();
    }
    json.writeEndArray();
    Cut payload = payload(letter, false);
    json.writeStringField("predicted", predicted.outcome());
    json.writeStringField("predictedDetail", predicted.detail());
    json.writeNumberField("bytes", letter.size());
    json.writeStringField("payload", payload.text);
    json.writeBooleanField("cut", !(whole && payload.whole));
  }
}
