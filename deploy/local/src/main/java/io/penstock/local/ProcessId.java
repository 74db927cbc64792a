package io.penstock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A process that we started. The start time is what tells it from a stranger that got the same
 * number later.
 *
 * @param pid its number
 * @param started when the operating system says that it started
 */
record ProcessId(long pid, Instant started) {
  /** The system derives start times from its boot time, which moves when the clock is set. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

  static ProcessId of(ProcessHandle handle) {
    return new ProcessId(handle.pid(), handle.info().startInstant().orElse(Instant.EPOCH));
  }

  /** The process, if it lives and is the one we started. */
  Optional<ProcessHandle> handle() {
    return ProcessHandle.of(pid)
        .filter(this::isSame)
        .filter(handle -> handle.isAlive() && !isZombie());
  }

  private boolean isSame(ProcessHandle handle) {
    return handle
        .info()
        .startInstant()
        .map(instant -> Duration.between(started, instant).abs().compareTo(CLOCK_TOLERANCE) <= 0)
        .orElse(false);
  }

  boolean isFrozen() {
    return state() == 'T';
  }

  /**
   * Whether it has ended and only nobody has asked for its exit code, as happens in containers
   * whose first process does not. While other threads of it are still ending, its ports are still
   * taken.
   */
  private boolean isZombie() {
    String[] threads = Path.of("/proc/" + pid + "/task").toFile().list();
    return state() == 'Z' && threads != null && threads.length <= 1;
  }

  /** The kernel's letter for the process's state where /proc exists, else a question mark. */
  private char state() {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException | IndexOutOfBoundsException e) {
      return '?';
    }
  }
}
