package io.penstock.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A process that we started. Its start time tells it from another process that got the same number
 * later.
 *
 * @param pid its number
 * @param started when the operating system says that it started
 */
record ProcessId(long pid, Instant started) {
  /** The system derives start times from its boot time, which moves when the clock is set. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

  /** Where {@link #stat} has the number of threads. */
  private static final int THREADS = 17;

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

  /**
   * Whether every thread is paused. A signal reaches the threads one by one. False where there is
   * no /proc to ask.
   */
  boolean isFrozen() {
    List<String> states = threadStates();
    return !states.isEmpty() && states.stream().allMatch("T"::equals);
  }

  /**
   * Whether the process has ended and its exit code was not asked for, as happens in containers
   * whose first process does not ask. While other threads of it are still ending, its ports are
   * still taken.
   */
  private boolean isZombie() {
    List<String> stat = stat(Path.of("/proc/" + pid));
    // A listing of the threads would leave some out while they end; their number is right.
    return stat.size() > THREADS && stat.getFirst().equals("Z") && stat.get(THREADS).equals("1");
  }

  /** The kernel's letter for each thread's state; empty where there is no /proc. */
  private List<String> threadStates() {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return threads.map(ProcessId::state).filter(state -> !state.isEmpty()).toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private static String state(Path thread) {
    List<String> stat = stat(thread);
    return stat.isEmpty() ? "" : stat.getFirst();
  }

  /**
   * What the kernel tells of a process or thread, from its state on (proc_pid_stat(5)); empty if it
   * has ended.
   */
  private static List<String> stat(Path task) {
    try {
      String stat = Files.readString(task.resolve("stat"));
      return List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    } catch (IOException | IndexOutOfBoundsException e) {
      return List.of();
    }
  }
}
