package io.penstock.local.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the engine's shared library, and fetches it with npm the first time: once per user, machine
 * type and version, into {@code
 * ${PENSTOCK_CACHE_DIR:-${XDG_CACHE_HOME:-~/.cache}/penstock}/engine/<version>-<os>-<arch>}. The
 * folder appears whole or not at all, also when several processes fetch or one is killed half-way.
 */
public final class EngineLibrary {
  private static final String OTHERWISE =
      " Or set PENSTOCK_CLICKHOUSE_URL to use a real ClickHouse server, or PENSTOCK_ENGINE_LIBRARY"
          + " to the path of a libchdb 26.7.";

  private final Map<String, String> environment;
  private final EnginePlatform platform;
  private final Consumer<String> progress;

  EngineLibrary(
      Map<String, String> environment, EnginePlatform platform, Consumer<String> progress) {
    this.environment = environment;
    this.platform = platform;
    this.progress = progress;
  }

  /**
   * The library's file, fetched if it is not there yet; that is a download of about 180 MB that
   * becomes 570 MB, and then a matter of milliseconds.
   *
   * @param progress takes lines for the person waiting; only called when something is fetched
   * @throws EngineStartException when there is no library, saying what to install or to set
   */
  public static Path resolve(Consumer<String> progress) {
    return new EngineLibrary(System.getenv(), EnginePlatform.current(), progress).resolve();
  }

  Path resolve() {
    String given = environment.get("PENSTOCK_ENGINE_LIBRARY");
    if (given != null && !given.isEmpty()) {
      Path file = Path.of(given);
      if (!Files.isRegularFile(file)) {
        throw new EngineStartException(
            "PENSTOCK_ENGINE_LIBRARY names " + given + ", which is not a file.");
      }
      return file;
    }
    String packageName = platform.npmPackage();
    if (packageName == null) {
      throw new EngineStartException(
          "There is no ClickHouse engine for " + platform.name() + " to fetch." + OTHERWISE);
    }
    Path folder = cache().resolve("engine");
    Path home = folder.resolve(NpmInstall.version() + "-" + platform.name());
    Path library = libraryIn(home, packageName);
    return library == null ? fetch(folder, home, packageName) : library;
  }

  private Path cache() {
    String own = environment.get("PENSTOCK_CACHE_DIR");
    if (own != null && !own.isEmpty()) {
      return Path.of(own);
    }
    String shared = environment.get("XDG_CACHE_HOME");
    Path root =
        shared == null || shared.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(shared);
    return root.resolve("penstock");
  }

  private static @Nullable Path libraryIn(Path home, String packageName) {
    for (String name : new String[] {"libchdb.so", "libchdb.dylib"}) {
      Path file = home.resolve("node_modules").resolve(packageName).resolve(name);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  // Two threads of one process cannot hold the file's lock at once: the monitor is for them.
  private static final Object FETCHING = new Object();

  private Path fetch(Path folder, Path home, String packageName) {
    synchronized (FETCHING) {
      Path lockFile = folder.resolve("." + home.getFileName() + ".lock");
      try {
        Files.createDirectories(folder);
        try (FileChannel channel =
                FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = lock(channel)) {
          assert lock.isValid();
          Path fetchedByOther = libraryIn(home, packageName);
          return fetchedByOther == null ? fetchLocked(folder, home, packageName) : fetchedByOther;
        }
      } catch (IOException failure) {
        throw new EngineStartException(
            "Cannot put the ClickHouse engine into " + home + ": " + failure + "." + OTHERWISE,
            failure);
      }
    }
  }

  private FileLock lock(FileChannel channel) throws IOException {
    FileLock free = channel.tryLock();
    if (free != null) {
      return free;
    }
    progress.accept("Another process is fetching the ClickHouse engine; waiting for it");
    return channel.lock();
  }

  private Path fetchLocked(Path folder, Path home, String packageName) throws IOException {
    String prefix = "." + home.getFileName() + ".part-";
    removeLeftovers(folder, prefix);
    Path part = folder.resolve(prefix + ProcessHandle.current().pid());
    progress.accept(
        "Fetching the ClickHouse engine "
            + NpmInstall.version()
            + " for "
            + platform.name()
            + " with npm, once: about 570 MB on disk in "
            + home);
    new NpmInstall(environment, progress, OTHERWISE).into(part);
    if (libraryIn(part, packageName) == null) {
      removeTree(part);
      throw new EngineStartException(
          "npm finished, but did not install its optional package "
              + packageName
              + " "
              + NpmInstall.version()
              + ": the registry may lack it, or this system (on Linux it needs glibc) does not fit."
              + OTHERWISE);
    }
    removeTree(home);
    Files.move(part, home, StandardCopyOption.ATOMIC_MOVE);
    progress.accept("The ClickHouse engine is there");
    Path library = libraryIn(home, packageName);
    if (library == null) {
      throw new IOException("the library vanished from " + home);
    }
    return library;
  }

  /** Of processes that were killed; whoever holds the lock is the only one at work. */
  private static void removeLeftovers(Path folder, String prefix) throws IOException {
    List<Path> leftovers;
    try (Stream<Path> files = Files.list(folder)) {
      leftovers = files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
    }
    for (Path leftover : leftovers) {
      removeTree(leftover);
    }
  }

  private static void removeTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }
}
