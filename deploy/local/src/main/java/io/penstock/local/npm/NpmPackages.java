package io.penstock.local.npm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Installs a pinned list of npm packages into a folder below the user's cache folder. The folder
 * appears whole or not at all, also when several processes fetch or one is killed half-way.
 */
public final class NpmPackages {
  private final Listed listed;
  private final Map<String, String> environment;
  private final Consumer<String> progress;
  private final String otherwise;

  /**
   * A pinned list.
   *
   * @param title what it holds, as in "Fetching the ClickHouse engine"
   * @param beside the class beside which package.json and package-lock.json are packed
   */
  public record Listed(String title, Class<?> beside) {
    /** The exact version that package.json asks for of packages whose names begin so. */
    public String version(String namePrefix) {
      String json = new String(resource("package.json"), StandardCharsets.UTF_8);
      Matcher pinned =
          Pattern.compile("\"" + Pattern.quote(namePrefix) + "[^\"]*\"\\s*:\\s*\"([^\"]+)\"")
              .matcher(json);
      if (!pinned.find()) {
        throw new IllegalStateException("package.json pins no " + namePrefix);
      }
      return pinned.group(1);
    }

    byte[] resource(String name) {
      try (InputStream in = beside.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException(name + " is not packed with the program");
        }
        return in.readAllBytes();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  /**
   * What to fetch, and how to speak of it.
   *
   * @param environment npm's, and where {@code PENSTOCK_CACHE_DIR} may be
   * @param progress takes lines for the person waiting; only called when something is fetched
   * @param otherwise another way to get there, added to what is said on failure
   */
  public NpmPackages(
      Listed listed, Map<String, String> environment, Consumer<String> progress, String otherwise) {
    this.listed = listed;
    this.environment = environment;
    this.progress = progress;
    this.otherwise = otherwise;
  }

  /**
   * Installs the list into {@code home}, unless another process did so meanwhile.
   *
   * @param home a folder of its own in a folder of the cache, named by version
   * @param what version and size, for the person waiting
   * @param find looks for the wanted file in an installed folder; null if it is not there
   * @param missing what to say when npm did its work and the file is not there
   * @return the wanted file
   * @throws NpmException saying what to install or to set
   */
  public Path fetch(Path home, String what, Function<Path, @Nullable Path> find, String missing) {
    try {
      CacheFolder.fill(
          home,
          folder -> find.apply(folder) != null,
          () ->
              progress.accept("Another process is fetching " + listed.title() + "; waiting for it"),
          part -> {
            progress.accept("Fetching " + listed.title() + " " + what);
            new NpmInstall(listed, environment, progress, otherwise).into(part);
            if (find.apply(part) == null) {
              CacheFolder.remove(part);
              throw new NpmException(missing + otherwise);
            }
            progress.accept("Fetched " + listed.title());
          });
      Path file = find.apply(home);
      if (file == null) {
        throw new IOException("it vanished again");
      }
      return file;
    } catch (IOException failure) {
      throw new NpmException(
          "Cannot put " + listed.title() + " into " + home + ": " + failure + "." + otherwise,
          failure);
    }
  }
}
