package io.penstock.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much memory processes hold. */
final class Memory {
  private static final String RESIDENT = "VmRSS:";

  private Memory() {}

  static long residentBytes(List<ProcessHandle> processes) {
    return processes.stream().mapToLong(p -> residentBytes(p.pid())).sum();
  }

  private static long residentBytes(long pid) {
    Path status = Path.of("/proc/" + pid + "/status");
    try {
      if (Files.exists(status)) {
        return Files.readAllLines(status).stream()
            .filter(line -> line.startsWith(RESIDENT))
            .mapToLong(line -> kibibytes(line.substring(RESIDENT.length()).replace("kB", "")))
            .sum();
      }
      Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(pid)).start();
      return kibibytes(new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      return 0; // It ended while we looked.
    }
  }

  private static long kibibytes(String text) {
    try {
      return Long.parseLong(text.strip()) << 10;
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
