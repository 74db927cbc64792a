package io.penstock.core.cli;

import io.penstock.core.run.CommandRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds the root folder, which holds {@code postgres/sql} and {@code clickhouse/migrations}. */
public final class Home {
  private static final Path MARK = Path.of("clickhouse", "migrations");

  private Home() {}

  /**
   * What the system property {@code penstock.home} or else the variable {@code PENSTOCK_HOME}
   * names, or else the working folder.
   *
   * @throws CommandFailure if that folder is not a root folder
   */
  public static Path find() {
    String property = System.getProperty("penstock.home");
    return find(
        property != null ? property : CommandRun.current().environment().get("PENSTOCK_HOME"));
  }

  /** The launcher below a root folder: that of a distribution or that of the source tree. */
  public static Path launcher(Path home) {
    Path installed = home.resolve("bin").resolve("penstock");
    return Files.isExecutable(installed) ? installed : home.resolve("penstock");
  }

  static Path find(@Nullable String named) {
    Path home = Path.of(named == null || named.isBlank() ? "" : named).toAbsolutePath().normalize();
    if (!Files.isDirectory(home.resolve(MARK))) {
      throw CommandFailure.usage(
          home + " holds no " + MARK + "; set PENSTOCK_HOME to Penstock's root folder");
    }
    return home;
  }
}
