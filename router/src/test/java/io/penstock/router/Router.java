package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;

/**
 * A router that a test can ask and stop: a {@link RouterProcess} where it is killed, frozen or
 * starved, and an {@link EmbeddedRouter} otherwise.
 */
interface Router extends Observed, AutoCloseable {
  /** Waits until it says that it works. */
  Router awaitReady();

  /** Its name in the consumer group. */
  String name();

  /** What it has logged until now; of an embedded one with what the test's JVM logs beside it. */
  String log();

  /** Ends it in order, as SIGTERM does. One of {@link ExitCode}. */
  int stop();

  @Override
  void close();

  /** How often it has been given a partition. */
  default long partitionStarts() {
    return log().lines().filter(line -> line.contains("Partition starts")).count();
  }

  /** Ends it, and everything that it took in is stored. */
  default void stopCleanly() {
    assertThat(stop()).as("%s", log()).isEqualTo(ExitCode.DONE);
  }
}
