package io.penstock.local;

import java.util.ArrayList;
import java.util.List;
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

  /** As {@code kill -9} on the root: its children are ended too, as they would notice anyway. */
  static void kill(ProcessHandle root) {
    List<ProcessHandle> children = root.descendants().toList();
    root.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
