package io.penstock.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeadThreadIT {
  /** A process that would stay for ever, and one of whose threads runs out of memory. */
  static final class Stays {
    public static void main(String[] arguments) throws InterruptedException {
      DeadThread.endsTheProcess(
          new ServiceLog(
              "stays", new PrintWriter(System.err, true, StandardCharsets.UTF_8), System.getenv()));
      Thread _ =
          Thread.ofVirtual()
              .name("hungry")
              .start(() -> {
                byte[][] held = new byte[1 << 10][];
                for (int i = 0; i < held.length; i++) {
                  held[i] = new byte[1 << 20];
                }
              });
      new CountDownLatch(1).await();
    }
  }

  @Test
  void aThreadThatRunsOutOfMemoryEndsTheProcessWithAMessage() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Stays.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(ExitCode.FAILED);
      assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("Thread hungry died", "OutOfMemoryError");
    } finally {
      process.destroyForcibly();
    }
  }
}
