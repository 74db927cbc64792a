package io.penstock.local.npm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheLockTest {
  @TempDir Path folder;

  /** Else two processes that each hold one and wait for the other's are refused by the kernel. */
  @Test
  void aProcessWaitsForNoFileWhileAThreadOfItHoldsAnother() throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread first =
        lock(
            "first",
            () -> {
              held.countDown();
              await(release);
              order.add("first");
            });
    await(held);
    Thread second = lock("second", () -> order.add("second"));
    while (second.getState() != Thread.State.BLOCKED && second.isAlive()) {
      Thread.onSpinWait();
    }
    release.countDown();
    first.join();
    second.join();

    assertThat(order).containsExactly("first", "second");
  }

  private Thread lock(String name, CacheLock.Work work) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            CacheLock.whileHeld(folder.resolve(name), () -> {}, work);
          } catch (IOException failed) {
            throw new UncheckedIOException(failed);
          }
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
