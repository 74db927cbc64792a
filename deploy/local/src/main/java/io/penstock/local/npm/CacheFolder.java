package io.penstock.local.npm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The user's folder of what was fetched and unpacked once, shared by all stacks. */
public final class CacheFolder {
  private CacheFolder() {}

  /** {@code ${PENSTOCK_CACHE_DIR:-${XDG_CACHE_HOME:-~/.cache}/penstock}}, absolute. */
  public static Path of(Map<String, String> environment) {
    String own = environment.getOrDefault("PENSTOCK_CACHE_DIR", "");
    if (!own.isEmpty()) {
      return Path.of(own).toAbsolutePath();
    }
    String shared = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path root =
        shared.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(shared);
    return root.resolve("penstock").toAbsolutePath();
  }

  /** Puts into an empty folder what belongs there. */
  public interface Filling {
    /** Fills it. */
    void fill(Path folder) throws IOException;
  }

  /**
   * Has a folder filled that appears whole or not at all, also when several processes want it or
   * one is killed half-way.
   *
   * @param whole whether the folder has what it should, so that nothing is to be done
   * @param waits told that another process is at work, which is waited for
   */
  public static void fill(Path folder, Predicate<Path> whole, Runnable waits, Filling filling)
      throws IOException {
    if (whole.test(folder)) {
      return;
    }
    Path part = folder.resolveSibling("." + folder.getFileName() + ".part");
    Files.createDirectories(folder.resolveSibling(".").normalize());
    CacheLock.whileHeld(
        folder.resolveSibling("." + folder.getFileName() + ".lock"),
        waits,
        () -> {
          if (!whole.test(folder)) {
            remove(part);
            Files.createDirectories(part);
            filling.fill(part);
            remove(folder);
            Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
          }
        });
  }

  /** Deletes a folder, if it is there, and what is in it; links are removed, not followed. */
  public static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }
}
