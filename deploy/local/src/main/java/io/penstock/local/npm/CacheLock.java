package io.penstock.local.npm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Lets one of several processes fill a folder of the cache while the others wait.
 *
 * <p>A process holds one lock or waits for one, whatever its threads do: POSIX locks belong to the
 * process, and the kernel refuses ("Resource deadlock avoided") where two processes each wait for a
 * file that some thread of the other has locked.
 */
public final class CacheLock {
  private CacheLock() {}

  /** What is done under the lock. */
  @FunctionalInterface
  public interface Work {
    /** Does it. */
    void run() throws IOException;
  }

  /**
   * Runs the work while this process alone has the file locked.
   *
   * @param file made where it is missing; it stays
   * @param waits called once if another process has the lock
   * @throws IOException if the file cannot be locked, or from the work
   */
  public static synchronized void whileHeld(Path file, Runnable waits, Work work)
      throws IOException {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel, waits)) {
      assert lock.isValid();
      work.run();
    }
  }

  private static FileLock lock(FileChannel channel, Runnable waits) throws IOException {
    FileLock free = channel.tryLock();
    if (free != null) {
      return free;
    }
    waits.run();
    return channel.lock();
  }
}
