package io.penstock.dlq;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.replay.Forecast;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.common.header.Header;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description =
        "Shows one dead letter: its headers, its attempts, what would come of a replay, its payload; keys are masked.")
final class ShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @ParentCommand private DlqMain dlq = new DlqMain();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ORIGIN", description = "As \"dlq list\" shows it.")
  private String origin = "";

  @Override
  public Integer call() {
    KafkaConfig kafka = dlq.config(KafkaConfig::from);
    List<DeadLetter> found =
        LetterReading.run(
            kafka,
            LetterFilter.ofOrigin(origin),
            2,
            spec.commandLine().getErr(),
            letters -> {
              List<DeadLetter> all = new ArrayList<>();
              letters.read(all::add);
              return all;
            });
    if (found.isEmpty()) {
      throw CommandFailure.failed("No dead letter \"" + origin + "\" is outstanding.", null);
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

  private static void print(PrintWriter out, DeadLetter letter, Prediction.Said predicted) {
    out.println("Dead letter " + letter.name());
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
    for (Header header : letter.headers()) {
      String value = LetterText.header(header);
      out.println(
          "  "
              + LetterText.line(header.key())
              + ": "
              + LetterText.lines(value.indent(6).strip().replace("\r", "")));
    }
    out.println();
    out.println("If it were replayed now: " + LetterText.line(predicted.text()));
    out.println();
    out.println("Payload, %,d bytes".formatted(letter.value().length));
    out.println(LetterText.lines(LetterText.payload(letter.value(), true)));
  }

  private static void write(JsonGenerator json, DeadLetter letter, Prediction.Said predicted)
      throws IOException {
    json.writeStringField("origin", letter.name());
    json.writeNumberField("partition", letter.partition().partition());
    json.writeNumberField("offset", letter.offset());
    json.writeStringField("writtenAt", letter.writtenAt().toString());
    json.writeArrayFieldStart("headers");
    for (Header header : letter.headers()) {
      json.writeStartObject();
      json.writeStringField("name", header.key());
      json.writeStringField("value", LetterText.header(header));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeStringField("predicted", predicted.outcome());
    json.writeStringField("predictedDetail", predicted.detail());
    json.writeNumberField("bytes", letter.value().length);
    json.writeStringField("payload", LetterText.payload(letter.value(), false));
  }
}
