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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The ClickHouse servers and clusters that clients are placed on, as they are known at one moment:
 * the one that is configured, and those of PostgreSQL's table {@code targets}. A password is never
 * in that table, only the name of the environment variable that has it, or, with {@code _FILE}
 * behind that name, of the file (docs/adr/0009). Immutable.
 */
public final class TargetTable {
  /** The columns that {@link #entry} reads. */
  public static final String COLUMNS = "name, url, user_name, password_variable, ca_file, cluster";

  private final SortedMap<String, ClickHouseConfig> usable = new TreeMap<>();
  private final SortedMap<String, String> problems = new TreeMap<>();

  /** What is known of a name, which is what {@code clients.ch_target} says. */
  public sealed interface Answer {
    String name();
  }

  /** What a row of the table says. */
  public sealed interface Entry extends Answer {}

  /** A target that this process can ask. */
  public record Usable(String name, ClickHouseConfig config) implements Entry {}

  /**
   * A target that this process cannot ask.
   *
   * @param problem what is missing here, without the secret
   */
  public record Unusable(String name, String problem) implements Entry {}

  /** A name that no target has. */
  public record Missing(String name) implements Answer {
    /** That it is so, without a full stop. */
    public String problem() {
      return "there is no ClickHouse target \"" + name + "\"";
    }
  }

  /**
   * @param configured the target named {@value ClickHouseConfig#TARGET}
   * @param others those in PostgreSQL
   */
  public TargetTable(ClickHouseConfig configured, List<Entry> others) {
    usable.put(ClickHouseConfig.TARGET, configured);
    for (Entry entry : others) {
      switch (entry) {
        case Usable(String name, ClickHouseConfig config) -> usable.put(name, config);
        case Unusable(String name, String problem) -> problems.put(name, problem);
      }
    }
  }

  /**
   * The configured target, and what PostgreSQL has now.
   *
   * @param environment as {@link System#getenv()} gives it
   * @throws SQLException if PostgreSQL cannot be asked
   */
  public static TargetTable read(
      Connection connection, ClickHouseConfig configured, Map<String, String> environment)
      throws SQLException {
    return new TargetTable(configured, rows(connection, environment));
  }

  /** What is known of this name. */
  public Answer find(String name) {
    ClickHouseConfig config = usable.get(name);
    if (config != null) {
      return new Usable(name, config);
    }
    String problem = problems.get(name);
    return problem == null ? new Missing(name) : new Unusable(name, problem);
  }

  /** How to reach those that this process can ask, by name. */
  public SortedMap<String, ClickHouseConfig> usable() {
    return Collections.unmodifiableSortedMap(usable);
  }

  /** Why this process cannot ask the others, by name. */
  public SortedMap<String, String> problems() {
    return Collections.unmodifiableSortedMap(problems);
  }

  /** The names of all, in order. */
  public SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>(usable.keySet());
    names.addAll(problems.keySet());
    return names;
  }

  /** Every row, by name; the parameters are those of {@link #read}. */
  public static List<Entry> rows(Connection connection, Map<String, String> environment)
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
