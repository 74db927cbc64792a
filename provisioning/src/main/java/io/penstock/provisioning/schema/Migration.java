package io.penstock.provisioning.schema;

import io.penstock.core.client.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One file of {@code clickhouse/migrations}, named {@code V001__what_it_does.sql}.
 *
 * @param file below the folder of migrations
 * @param checksum SHA-256 of the file before placeholders are filled, in hexadecimal; line ends
 *     count as {@code \n}
 */
public record Migration(
    Scope scope, int version, String description, String file, String sql, String checksum) {
  private static final Pattern NAME = Pattern.compile("V(\\d{3,9})__([A-Za-z0-9_]+)\\.sql");

  /** Whom a migration concerns; versions count in each scope for themselves. */
  public enum Scope {
    /** Every client. */
    ALL,
    /** The one client that its folder is named for. */
    CLIENT;

    /** As {@code schema_versions.scope} has it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Scope of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** For a person: {@code migration 2} or {@code client migration 2}. */
    public String label(int version) {
      return (this == CLIENT ? "client migration " : "migration ") + version;
    }
  }

  /** A file that is not a migration, or two of one version; the message names it. */
  public static final class MigrationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MigrationException(String message) {
      super(message);
    }
  }

  /** Where the migrations are, below the root folder. */
  public static Path folder(Path home) {
    return home.resolve("clickhouse").resolve("migrations");
  }

  /**
   * Every migration that concerns all clients, in order of version.
   *
   * @throws MigrationException if a {@code .sql} file has another name, two have one version, or
   *     there is none
   * @throws IOException if the folder cannot be read
   */
  public static List<Migration> load(Path folder) throws IOException {
    List<Migration> migrations = load(folder, Scope.ALL);
    if (migrations.isEmpty()) {
      throw new MigrationException(folder + " holds no migration");
    }
    return migrations;
  }

  static List<Migration> load(Path folder, Scope scope) throws IOException {
    List<Migration> migrations = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".sql")).toList()) {
        migrations.add(read(file, scope));
      }
    }
    migrations.sort(Comparator.comparingInt(Migration::version));
    for (int i = 1; i < migrations.size(); i++) {
      if (migrations.get(i).version == migrations.get(i - 1).version) {
        throw new MigrationException(
            "%s holds two migrations of version %d, %s and %s: give one of them the next free number"
                .formatted(
                    folder,
                    migrations.get(i).version,
                    migrations.get(i - 1).file(),
                    migrations.get(i).file()));
      }
    }
    return migrations;
  }

  private static Migration read(Path file, Scope scope) throws IOException {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    if (!name.matches() || Integer.parseInt(name.group(1)) == 0) {
      throw new MigrationException(file + " is not named as V001__what_it_does.sql");
    }
    String sql = Files.readString(file).replace("\r\n", "\n");
    return new Migration(
        scope,
        Integer.parseInt(name.group(1)),
        name.group(2).replace('_', ' '),
        scope == Scope.ALL ? name.group() : Migrations.inFolder(file),
        sql,
        Sha256.hex(sql.getBytes(StandardCharsets.UTF_8)));
  }

  /** For a person: {@code migration 2} or {@code client migration 2}. */
  public String label() {
    return scope.label(version);
  }

  /**
   * The statements for one client.
   *
   * @throws IllegalArgumentException if a placeholder is unknown or a quote does not end
   */
  public List<String> statements(Map<String, String> placeholders) {
    return SqlScript.statements(SqlScript.fill(sql, placeholders));
  }
}
