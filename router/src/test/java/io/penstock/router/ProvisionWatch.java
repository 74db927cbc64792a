package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.provisioning.command.ProvisioningMain;
import io.penstock.testkit.PenstockProcess;
import io.penstock.testkit.Secrets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code clients provision --watch} as a process. */
final class ProvisionWatch implements Observed, AutoCloseable {
  private static final Pattern PORT = Pattern.compile("metrics and health on port (\\d+)");

  private final Path log;
  private final Process process;
  private final int port;

  /** Starts it, and waits until it serves metrics and health. */
  ProvisionWatch(Map<String, String> properties) {
    try {
      log =
          Files.createTempFile(
              Files.createDirectories(Path.of("target", "watch")), "watch-", ".log");
      process =
          PenstockProcess.of(
                  "provisioning",
                  ProvisioningMain.class,
                  properties,
                  List.of("-Xmx128m", "-Dpenstock.home=" + Scenario.HOME.toAbsolutePath()),
                  List.of("clients", "provision", "--watch"))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    Scenario.await(() -> PORT.matcher(log()).find() || !process.isAlive());
    Matcher told = PORT.matcher(log());
    assertThat(told.find()).as(log()).isTrue();
    port = Integer.parseInt(told.group(1));
  }

  @Override
  public int httpPort() {
    return port;
  }

  /** Waits until its canary has sent so many events at least, and has seen all of them. */
  void awaitCanaryStored(long atLeast) {
    Scenario.await(() -> {
      String scrape = get("/metrics").body();
      double sent = Observed.metric(scrape, "penstock_canary_sent_total");
      return sent >= atLeast && sent == Observed.metric(scrape, "penstock_canary_stored_total");
    });
  }

  /** What it has printed until now. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Ends it as SIGTERM does. */
  @Override
  public void close() {
    process.destroy();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended: %s", log()).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Secrets.assertNoneIn(log());
  }
}
