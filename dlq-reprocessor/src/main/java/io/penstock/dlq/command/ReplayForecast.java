package io.penstock.dlq.command;

import io.penstock.core.cli.Output;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.dlq.forecast.Forecast;
import io.penstock.dlq.letter.LetterText;
import io.penstock.dlq.replay.ReplayRequest;
import java.util.List;
import java.util.SortedMap;

/** What would become of the letters, if they were replayed now; nothing is changed. */
record ReplayForecast(DlqApp app, Output output) {
  private record Config(KafkaConfig kafka, Forecast.Config forecast) {}

  /** Ends the reading of letters once the limit is reached. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super(null, null, false, false);
    }
  }

  /** Judges the letters and prints their outcomes; returns the exit code. */
  int run(LetterFilter filter, ReplayRequest request) {
    Config config =
        app.config(reader -> new Config(KafkaConfig.from(reader), Forecast.Config.from(reader)));
    try (Forecast forecast = app.forecast(config.forecast)) {
      long judged =
          LetterReading.run(
              config.kafka,
              app.names(filter, config.kafka),
              2,
              output.err(),
              letters -> judge(letters.whole(forecast.largest()), forecast, request));
      forecast.finish();
      return show(output, new Judged(judged, forecast.outcomes(), forecast.notices()));
    }
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

  /**
   * What would become of letters; nothing was changed.
   *
   * @param selected how many were judged
   * @param predicted how many would be stored, or why not
   * @param notices what is wrong besides
   */
  record Judged(long selected, SortedMap<String, Long> predicted, List<String> notices) {}

  static int show(Output output, Judged view) {
    return output.show(
        view,
        out -> {
          out.println(
              "%,d dead letters%s"
                  .formatted(
                      view.selected, view.selected == 0 ? "" : "; if they were replayed now:"));
          view.predicted.forEach((outcome, letters) ->
              out.println("  %,12d  %s".formatted(letters, LetterText.line(outcome))));
          view.notices.forEach(notice -> out.println("Notice: " + LetterText.line(notice)));
        });
  }
}
