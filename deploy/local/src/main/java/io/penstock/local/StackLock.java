package io.penstock.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Lets one command at a time change a stack: two {@code local up} at once would each start half of
 * it. Ends with the process that holds it.
 */
public final class StackLock implements AutoCloseable {
  private final FileChannel channel;

  private StackLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Waits for the lock over a stack's folder, and runs {@code onWait} first if another has it. */
  public static StackLock acquire(Path stackDir, Runnable onWait) {
    try {
      Files.createDirectories(stackDir);
      FileChannel channel =
          FileChannel.open(
              stackDir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        onWait.run();
        var _ = channel.lock();
      }
      return new StackLock(channel);
    } catch (IOException e) {
      throw new LocalStackException("The folder " + stackDir + " cannot be used: " + e, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new LocalStackException("The lock cannot be released: " + e, e);
    }
  }
}
