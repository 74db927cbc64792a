package io.penstock.local.npm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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
