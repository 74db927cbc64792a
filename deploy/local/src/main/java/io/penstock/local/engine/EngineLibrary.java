package io.penstock.local.engine;

import io.penstock.local.npm.CacheFolder;
import io.penstock.local.npm.NpmException;
import io.penstock.local.npm.NpmPackages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the engine's shared library, and fetches it with npm the first time: once per user, machine
 * type and version, into {@code
 * ${PENSTOCK_CACHE_DIR:-${XDG_CACHE_HOME:-~/.cache}/penstock}/engine/<version>-<os>-<arch>}. The
 * folder appears whole or not at all, also when several processes fetch or one is killed half-way.
 */
public final class EngineLibrary {
  private static final NpmPackages.Listed LISTED =
      new NpmPackages.Listed("the ClickHouse engine", EngineLibrary.class);

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
    Path cache = CacheFolder.of(environment).resolve("engine");
    Path home = cache.resolve(version() + "-" + platform.name());
    Path library = libraryIn(home, packageName);
    return library == null ? fetch(home, packageName) : library;
  }

  /** The version that package.json pins. */
  static String version() {
    return LISTED.version("@chdb/lib-");
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

  private Path fetch(Path home, String packageName) {
    String what =
        "%s for %s with npm, once: about 570 MB on disk in %s"
            .formatted(version(), platform.name(), home);
    String missing =
        "npm finished, but did not install its optional package %s %s: the registry may lack it, or this system (on Linux it needs glibc) does not fit."
            .formatted(packageName, version());
    try {
      return new NpmPackages(LISTED, environment, progress, OTHERWISE)
          .fetch(home, what, folder -> libraryIn(folder, packageName), missing);
    } catch (NpmException failure) {
      throw new EngineStartException(String.valueOf(failure.getMessage()), failure);
    }
  }
}
