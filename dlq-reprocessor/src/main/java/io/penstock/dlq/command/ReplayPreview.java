package io.penstock.dlq.command;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.dlq.forecast.Forecast;
import io.penstock.dlq.letter.LetterText;
import io.penstock.dlq.replay.ReplayRequest;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** A dry run: what would become of the letters, and nothing is changed. */
final class ReplayPreview {
  private final DlqMain dlq;
  private final CommandSpec spec;
  private final OutputOption output;

  private record Config(KafkaConfig kafka, Forecast.Config forecast) {}

  /** Ends the reading of letters once the limit is reached. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super(null, null, false, false);
    }
  }

  ReplayPreview(DlqMain dlq, CommandSpec spec, OutputOption output) {
    this.dlq = dlq;
    this.spec = spec;
    this.output = output;
  }

  /** Judges the letters and prints their outcomes; returns the exit code. */
  int run(LetterFilter filter, ReplayRequest request) {
    Config config =
        dlq.config(reader -> new Config(KafkaConfig.from(reader), Forecast.Config.from(reader)));
    try (Forecast forecast = new Forecast(config.forecast, dlq.environment())) {
      long judged =
          LetterReading.run(
              config.kafka,
              dlq.names(filter, config.kafka),
              2,
              spec.commandLine().getErr(),
              letters -> judge(letters.whole(forecast.largest()), forecast, request));
      forecast.finish();
      print(judged, forecast.outcomes(), forecast.notices());
    }
    return ExitCode.DONE;
  }

  private static long judge(OutstandingLetters letters, Forecast forecast, ReplayRequest request) {
    long[] judged = new long[1];
    try {
      letters.read(letter -> {
        forecast.add(letter, request.prepared(letter));
        if (++judged[0] == request.limit()) {
          throw new Enough();
        }
      });
    } catch (Enough limit) {
      // As many as were asked for.
    }
    return judged[0];
  }

  void print(long judged, Map<String, Long> outcomes, Collection<String> notices) {
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(
          Json.object(json -> {
            json.writeNumberField("selected", judged);
            json.writeObjectFieldStart("predicted");
            for (Map.Entry<String, Long> outcome : outcomes.entrySet()) {
              json.writeNumberField(outcome.getKey(), outcome.getValue());
            }
            json.writeEndObject();
            json.writeArrayFieldStart("notices");
            for (String notice : notices) {
              json.writeString(notice);
            }
            json.writeEndArray();
          }));
    } else {
      out.println(
          "%,d dead letters%s"
              .formatted(judged, judged == 0 ? "" : "; if they were replayed now:"));
      outcomes.forEach((outcome, letters) ->
          out.println("  %,12d  %s".formatted(letters, LetterText.line(outcome))));
      notices.forEach(notice -> out.println("Notice: " + LetterText.line(notice)));
    }
    out.flush();
  }
}
