package io.penstock.local.demo;

import io.penstock.core.cli.CommandFailure;
import io.penstock.local.LocalStack;
import io.penstock.local.LocalStackException;
import io.penstock.local.Part;
import io.penstock.local.StackLock;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The demo's stack over a fresh folder that nothing else uses meanwhile. Removing it is safe to
 * repeat and to do from two threads, since an interrupt may come at any time.
 */
final class DemoStack {
  /** What a stack leaves in its folder; only a folder with one of these is taken for a demo's. */
  private static final List<String> MARKS = List.of("state.properties", "lock", "logs");

  private final Path dir;
  private final LocalStack stack;
  private final StackLock lock;
  private boolean removed;

  private DemoStack(Path dir, LocalStack stack, StackLock lock) {
    this.dir = dir;
    this.stack = stack;
    this.lock = lock;
  }

  /**
   * Takes the folder, and empties it of what an earlier demo left. Starts nothing.
   *
   * @param shown the command that would stop a stack over this folder
   * @param keep whether the servers may outlive this JVM
   * @throws CommandFailure if a demo runs over the folder, or was kept, or the folder is not a
   *     demo's
   */
  static DemoStack take(Path dir, String shown, boolean keep, Consumer<String> progress) {
    requireOurs(dir);
    StackLock lock =
        StackLock.acquire(
            dir,
            () -> {
              throw CommandFailure.failed(
                  "Another demo runs in " + dir + "; wait for it, or give this one --data.", null);
            });
    LocalStack stack = LocalStack.builder(dir).endWithJvm(!keep).progress(progress).build();
    if (stack.parts().stream().anyMatch(Part::isRunning)) {
      lock.close();
      throw CommandFailure.failed(
          "A kept demo still runs in %s. Stop it with \"%s\", or give this one --data."
              .formatted(dir, shown),
          null);
    }
    try {
      stack.purge();
    } catch (IOException e) {
      throw new LocalStackException("The folder " + dir + " cannot be emptied: " + e, e);
    }
    // Built again: the old one remembers the ports of what was purged.
    LocalStack fresh = LocalStack.builder(dir).endWithJvm(!keep).progress(progress).build();
    return new DemoStack(dir, fresh, lock);
  }

  private static void requireOurs(Path dir) {
    if (!Files.exists(dir) || MARKS.stream().anyMatch(mark -> Files.exists(dir.resolve(mark)))) {
      return;
    }
    try (Stream<Path> files = Files.list(dir)) {
      if (files.findAny().isPresent()) {
        throw CommandFailure.usage(dir + " is not empty and holds no stack; name another folder.");
      }
    } catch (IOException e) {
      throw CommandFailure.usage(dir + " cannot be used: " + e);
    }
  }

  LocalStack stack() {
    return stack;
  }

  Path connectionFile() {
    return dir.resolve("stack.properties");
  }

  Path logs() {
    return dir.resolve("logs");
  }

  /**
   * Stops the servers and deletes the data; the logs only if nobody will want to read them.
   *
   * @return whether there was something to remove
   */
  synchronized boolean remove(boolean withLogs) {
    if (removed) {
      return false;
    }
    removed = true;
    try {
      stack.stop();
      Path aside = dir.resolve("failed-logs");
      if (!withLogs && Files.exists(logs())) {
        Files.move(logs(), aside);
      }
      stack.purge();
      Files.deleteIfExists(connectionFile());
      if (Files.exists(aside)) {
        Files.move(aside, logs());
      }
      deleteIfEmpty();
      return true;
    } catch (IOException e) {
      throw new LocalStackException("The folder " + dir + " cannot be emptied: " + e, e);
    } finally {
      lock.close();
    }
  }

  /** Leaves the servers to others. */
  synchronized void leave() {
    removed = true;
    lock.close();
  }

  private void deleteIfEmpty() throws IOException {
    List<Path> left;
    try (Stream<Path> files = Files.list(dir)) {
      left = files.sorted(Comparator.reverseOrder()).toList();
    }
    if (left.equals(List.of(dir.resolve("lock")))) {
      Files.delete(dir.resolve("lock"));
      try {
        Files.delete(dir);
      } catch (DirectoryNotEmptyException usedAgain) {
        // Another demo has begun in it.
      }
    }
  }
}
