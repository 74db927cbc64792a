package io.penstock.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Signals that Java's process API cannot send, and signals to a process with all its children. */
final class Signals {
  private Signals() {}

  /** The process first, then what it started: PostgreSQL's postmaster, then its backends. */
  static List<ProcessHandle> tree(ProcessHandle root) {
    return Stream.concat(Stream.of(root), root.descendants()).toList();
  }

  static void send(String signal, List<ProcessHandle> targets) {
    if (targets.isEmpty()) {
      return;
    }
    var command = new ArrayList<String>(List.of("kill", "-" + signal));
    targets.forEach(target -> command.add(Long.toString(target.pid())));
    // A target that has just ended makes kill fail; what matters is checked by the callers.
    var _ = Machine.succeeds(command);
  }

  /**
   * Kills the root as {@code kill -9} does, and its children, which would end by themselves anyway.
   */
  static void kill(ProcessHandle root) {
    List<ProcessHandle> children = root.descendants().toList();
    root.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  /** Whether all of them end before the limit. */
  static boolean awaitGone(List<ProcessHandle> tree, Duration limit) {
    List<ProcessId> ids = tree.stream().map(ProcessId::of).toList();
    return await(limit, () -> ids.stream().allMatch(Signals::isGone));
  }

  /**
   * Whether a SIGSTOP that is under way reaches every thread before the limit; true at once where
   * the kernel does not tell.
   */
  static boolean awaitFrozen(List<ProcessHandle> tree, Duration limit) {
    if (!Files.exists(Path.of("/proc/self/task"))) {
      return true;
    }
    List<ProcessId> ids = tree.stream().map(ProcessId::of).toList();
    return await(limit, () -> ids.stream().allMatch(id -> id.isFrozen() || isGone(id)));
  }

  private static boolean isGone(ProcessId id) {
    return id.handle().isEmpty();
  }

  private static boolean await(Duration limit, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
