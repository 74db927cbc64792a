package io.penstock.dlq.forecast;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.config.ConfigException;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.dlq.replay.Prepared;
import io.penstock.dlq.replay.ReplayRequest;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What would become of single letters if they were replayed now, or why nobody can tell. Not
 * thread-safe.
 */
public final class Prediction implements AutoCloseable {
  private final @Nullable Forecast forecast;
  private final String problem;

  /**
   * One letter's.
   *
   * @param outcome null: not known
   * @param detail of the outcome, may be empty; where there is none, why not
   */
  public record Said(@Nullable String outcome, String detail) {
    /** As a sentence's end, not escaped. */
    public String text() {
      if (outcome == null) {
        return "not known: " + detail;
      }
      return detail.isEmpty() ? outcome : outcome + ", " + detail;
    }
  }

  /**
   * @param config throws {@link ConfigException} where something is not configured
   * @param environment has the passwords of ClickHouse targets
   */
  public Prediction(Supplier<Forecast.Config> config, Map<String, String> environment) {
    Forecast opened = null;
    String failed = "";
    try {
      opened = new Forecast(config.get(), environment);
    } catch (ConfigException e) {
      failed = String.join("; ", e.problems());
    }
    this.forecast = opened;
    this.problem = failed;
  }

  public Said of(DeadLetter letter) {
    if (forecast == null) {
      return new Said(null, problem);
    }
    try {
      Forecast.Outcome outcome =
          forecast.of(
              letter,
              letter.key() == null
                  ? new Prepared.Left("without a key, which a tombstone needs")
                  : ReplayRequest.unchanged(letter));
      return new Said(outcome.name(), outcome.detail());
    } catch (CommandFailure e) {
      return new Said(null, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    if (forecast != null) {
      forecast.close();
    }
  }
}
