package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.CommandResult;
import io.penstock.testkit.PenstockProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs commands as operators do, configured by their environment: as processes, or in this JVM. */
final class CommandProcess {
  private CommandProcess() {}

  /** The same as {@link #run} without a process, which most tests are not about. */
  static CommandResult inThisJvm(Path home, Map<String, String> properties, String... arguments) {
    String before = System.setProperty("penstock.home", home.toString());
    try {
      return CommandResult.of(
          ProvisioningMain.commandLine(CommandResult.environment(properties)), arguments);
    } finally {
      if (before == null) {
        System.clearProperty("penstock.home");
      } else {
        System.setProperty("penstock.home", before);
      }
    }
  }

  /**
   * Runs a command as a process, and waits for its end.
   *
   * @param properties configuration by property name; names in upper case are environment variables
   */
  static CommandResult run(Path home, Map<String, String> properties, String... arguments) {
    try {
      Process process = start(home, properties, arguments);
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
      String out = read(process.getInputStream());
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new CommandResult(process.exitValue(), out, err.join());
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
