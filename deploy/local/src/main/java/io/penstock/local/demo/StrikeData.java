package io.penstock.local.demo;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Csv;
import io.penstock.core.cli.LineProblems;
import io.penstock.local.npm.CacheFolder;
import io.penstock.local.npm.NpmException;
import io.penstock.local.npm.NpmPackages;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The demo's data: 10,000 wildlife-strike reports of the U.S. Federal Aviation Administration, as
 * the npm package <a href="https://github.com/vega/vega-datasets">vega-datasets</a> has them.
 * Fetched once per user and version, into the cache folder.
 */
final class StrikeData {
  private static final String PACKAGE = "vega-datasets";
  private static final NpmPackages.Listed LISTED =
      new NpmPackages.Listed("the demo's data", StrikeData.class);

  private StrikeData() {}

  /**
   * All reports, in the file's order.
   *
   * @param progress takes lines for the person waiting; only called when something is fetched
   */
  static List<StrikeReport> load(Map<String, String> environment, Consumer<String> progress) {
    Path file = file(environment, progress);
    try {
      return parse(Files.newBufferedReader(file));
    } catch (IOException | IllegalArgumentException | DateTimeException unreadable) {
      throw CommandFailure.failed(
          "Cannot read the demo's data: "
              + unreadable
              + "\nDelete the folder of "
              + file
              + " and try again: it is then fetched anew.",
          unreadable);
    }
  }

  static List<StrikeReport> parse(BufferedReader csv) throws IOException {
    List<StrikeReport> reports = new ArrayList<>();
    LineProblems problems = new LineProblems();
    Csv.read(csv, problems, (row, _) -> reports.add(StrikeReport.of(row)));
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(problems.sentences().getFirst());
    }
    return reports;
  }

  private static Path file(Map<String, String> environment, Consumer<String> progress) {
    String version = LISTED.version(PACKAGE);
    Path home = CacheFolder.of(environment).resolve("demo").resolve(PACKAGE + "-" + version);
    Path there = fileIn(home);
    if (there != null) {
      return there;
    }
    try {
      return new NpmPackages(LISTED, environment, progress, "")
          .fetch(
              home,
              "(npm package %s %s, 18 MB) with npm, once, into %s"
                  .formatted(PACKAGE, version, home),
              StrikeData::fileIn,
              "npm finished, but " + PACKAGE + " " + version + " holds no birdstrikes.csv.");
    } catch (NpmException failure) {
      throw CommandFailure.failed(String.valueOf(failure.getMessage()), failure);
    }
  }

  private static @Nullable Path fileIn(Path home) {
    Path file = home.resolve("node_modules").resolve(PACKAGE).resolve("data/birdstrikes.csv");
    return Files.isRegularFile(file) ? file : null;
  }
}
