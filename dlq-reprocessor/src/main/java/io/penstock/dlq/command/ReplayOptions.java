package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.config.Durations;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.replay.Prepared;
import io.penstock.dlq.replay.ReplayRequest;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** The options of a replay, the same for {@code replay} and {@code edit}. */
final class ReplayOptions {
  @Option(
      names = "--dry-run",
      description = "Only tell what would become of them, judged as the router would now.")
  private boolean dryRun;

  @Option(names = "--limit", paramLabel = "N", description = "So many at most; default: all.")
  private long limit = Long.MAX_VALUE;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "So many a second at most; default: as fast as the routers take them.")
  private double rate = Double.POSITIVE_INFINITY;

  @Option(
      names = "--probe",
      paramLabel = "N",
      description =
          "Wait for the outcome of the first N before the rest; default: ${DEFAULT-VALUE}.")
  private int probe = 100;

  @Option(
      names = "--max-failures",
      paramLabel = "PERCENT",
      description =
          "Stop once more than this share has failed again; default: ${DEFAULT-VALUE}, 100: never.")
  private int maxFailures = 10;

  @Option(
      names = "--max-attempts",
      paramLabel = "N",
      description =
          "Leave what has failed so often, unless its reason heals by itself; default: ${DEFAULT-VALUE}.")
  private int maxAttempts = 10;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description =
          "Give up waiting for outcomes when none has become known for so long; default: ${DEFAULT-VALUE}.")
  private String wait = "1m";

  boolean dryRun() {
    return dryRun;
  }

  /**
   * What is asked for.
   *
   * @throws CommandFailure if a value makes no sense
   */
  ReplayRequest request(
      LetterFilter filter,
      Function<DeadLetter, Prepared> prepare,
      ReplayRequest.BeforeMove beforeMove) {
    require(limit >= 1, "--limit " + limit + " is not 1 or more");
    require(rate > 0, "--rate " + rate + " is not more than 0");
    require(probe >= 1, "--probe " + probe + " is not 1 or more");
    require(
        maxFailures >= 0 && maxFailures <= 100,
        "--max-failures " + maxFailures + " is not a percentage, 0 to 100");
    require(maxAttempts >= 1, "--max-attempts " + maxAttempts + " is not 1 or more");
    return new ReplayRequest(
        filter,
        null,
        true,
        prepare,
        limit,
        rate,
        probe,
        maxFailures / 100.0,
        maxAttempts,
        beforeMove,
        patience());
  }

  private Duration patience() {
    try {
      return Durations.parse(wait);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw CommandFailure.usage("--wait \"" + wait + "\" is not a time: write 30s, 5m, 1h");
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw CommandFailure.usage(otherwise);
    }
  }
}
