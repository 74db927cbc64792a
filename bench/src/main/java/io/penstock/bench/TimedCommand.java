package io.penstock.bench;

import io.penstock.core.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a command took that ran as a process of its own.
 *
 * @param command as it is typed
 * @param peakRssMiB the most memory it ever had resident; 0 where the system does not tell
 */
record TimedCommand(String command, double seconds, double cpuSeconds, long peakRssMiB) {
  private static final long SAMPLE_MILLIS = 50;

  /**
   * Runs a command; its output is dropped.
   *
   * @param group what stands before the arguments where it is typed; ""
   * @param heap its bound
   * @throws IllegalStateException if it does not end with 0
   */
  static TimedCommand run(
      Map<String, String> properties,
      Class<?> main,
      String group,
      String heap,
      List<String> arguments)
      throws IOException, InterruptedException {
    String name = (group + " " + String.join(" ", arguments)).strip();
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--output", "json"));
    ProcessBuilder builder =
        BenchStack.java(properties, main, List.of("-XX:+UseSerialGC", "-Xmx" + heap), all)
            .inheritIO();
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    long began = System.nanoTime();
    Process process = builder.start();
    double cpu = 0;
    long peak = 0;
    while (!process.waitFor(SAMPLE_MILLIS, TimeUnit.MILLISECONDS)) {
      cpu = process.info().totalCpuDuration().map(time -> time.toMillis() / 1e3).orElse(cpu);
      peak = Math.max(peak, peakRssMiB(process.pid()));
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    if (process.exitValue() != ExitCode.DONE) {
      throw new IllegalStateException(name + " ended with " + process.exitValue());
    }
    return new TimedCommand(name, seconds, cpu, peak);
  }

  /** The most memory that a process ever had resident; 0 where the system does not tell. */
  static long peakRssMiB(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
      }
    } catch (IOException notTold) {
      // Another system, or the process has just ended.
    }
    return 0;
  }
}
