package io.penstock.core.metadata;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads PostgreSQL's table {@code targets}: the ClickHouse servers and clusters besides the one
 * that is configured. A password is never in it, only the name of the environment variable that has
 * it, or, with {@code _FILE} behind that name, of the file (docs/adr/0009).
 */
public final class TargetTable {
  /** The columns that {@link #entry} reads. */
  public static final String COLUMNS = "name, url, user_name, password_variable, ca_file, cluster";

  private TargetTable() {}

  /** One row. */
  public sealed interface Entry {
    /** What {@code clients.ch_target} says. */
    String name();
  }

  /** A target that this process can ask. */
  public record Usable(String name, ClickHouseConfig config) implements Entry {}

  /**
   * A target that this process cannot ask.
   *
   * @param problem what is missing here, without the secret
   */
  public record Unusable(String name, String problem) implements Entry {}

  /**
   * Every row, by name.
   *
   * @param environment as {@link System#getenv()} gives it
   * @throws SQLException if PostgreSQL cannot be asked
   */
  public static List<Entry> read(Connection connection, Map<String, String> environment)
      throws SQLException {
    return Sql.query(
        connection,
        "SELECT " + COLUMNS + " FROM targets ORDER BY name",
        row -> entry(row, environment));
  }

  /** Reads {@link #COLUMNS}, and looks for the password as {@link #read} does. */
  public static Entry entry(ResultSet row, Map<String, String> environment) throws SQLException {
    String name = row.getString("name");
    String variable = row.getString("password_variable");
    try {
      String cluster = row.getString("cluster");
      if (cluster != null) {
        var _ = ClickHouseClients.quoted(cluster);
      }
      Secret password = variable == null ? Secret.of("") : password(variable, environment);
      return new Usable(
          name,
          new ClickHouseConfig(
              URI.create(row.getString("url")),
              row.getString("user_name"),
              password,
              row.getString("ca_file"),
              cluster));
    } catch (IllegalArgumentException e) {
      return new Unusable(name, String.valueOf(e.getMessage()));
    }
  }

  private static Secret password(String variable, Map<String, String> environment) {
    String value = environment.get(variable);
    if (value != null && !value.isBlank()) {
      return Secret.of(value);
    }
    String file = environment.get(variable + "_FILE");
    if (file == null || file.isBlank()) {
      throw new IllegalArgumentException(
          "the environment variable %s with its password (or %1$s_FILE) is not set here"
              .formatted(variable));
    }
    return Secret.of(read(file, variable));
  }

  private static String read(String file, String variable) {
    @Nullable String failed;
    try {
      String text = Files.readString(Path.of(file)).strip();
      if (!text.isEmpty()) {
        return text;
      }
      failed = "is empty";
    } catch (IOException e) {
      failed = "cannot be read (" + e.getClass().getSimpleName() + ")";
    }
    throw new IllegalArgumentException(variable + "_FILE: " + file + " " + failed);
  }
}
