package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.PenstockProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs commands as operators do: as processes that are configured by their environment. */
final class CommandProcess {
  private CommandProcess() {}

  /** What came of one. */
  record Run(int exitCode, String out, String err) {
    String lastLine() {
      return out.lines().reduce("", (first, second) -> second);
    }
  }

  /**
   * Waits for its end.
   *
   * @param properties configuration by property name; names in upper case are environment variables
   */
  static Run run(Path home, Map<String, String> properties, String... arguments) {
    try {
      Process process = start(home, properties, arguments);
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
      String out = read(process.getInputStream());
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new Run(process.exitValue(), out, err.join());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Does not wait. */
  static Process start(Path home, Map<String, String> properties, String... arguments) {
    ProcessBuilder builder =
        PenstockProcess.of(
            "provisioning",
            ProvisioningMain.class,
            properties,
            List.of("-Dpenstock.home=" + home),
            List.of(arguments));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String read(InputStream in) {
    try (in) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
