package io.penstock.provisioning.schema;

import io.penstock.provisioning.target.ClickHouseServer;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An empty database for {@link SchemaVerifier}, dropped when it is closed. Its name has the second
 * it was made in, so that a later run finds those of runs that were killed; its comment tells it
 * from a client's database, besides its name.
 */
public final class ScratchDatabase implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("penstock_verify_(\\d{10})_[0-9a-f]{12}");

  /** What tells it from a client's database. */
  public static final String COMMENT = "scratch of penstock migrate verify";

  private static final Duration STALE = Duration.ofHours(1);

  /** What may make a table; all else, such as an INSERT, is nothing to a schema. */
  private static final Set<String> DDL =
      Set.of("CREATE", "ALTER", "DROP", "RENAME", "EXCHANGE", "ATTACH", "DETACH", "UNDROP");

  private final Session session;
  private final String name;

  private ScratchDatabase(Session session, String name) {
    this.session = session;
    this.name = name;
  }

  /** A connection to one target. Not thread-safe. */
  static final class Session implements AutoCloseable {
    private final ClickHouseServer server;
    private final Connection connection;

    private Session(ClickHouseServer server, Connection connection) {
      this.server = server;
      this.connection = connection;
    }

    Connection connection() {
      return connection;
    }

    /**
     * A new one.
     *
     * @param taken databases of clients
     */
    ScratchDatabase create(Set<String> taken) throws SQLException {
      byte[] random = new byte[6];
      new SecureRandom().nextBytes(random);
      String name =
          "penstock_verify_%010d_%s"
              .formatted(Instant.now().getEpochSecond(), HexFormat.of().formatHex(random));
      if (taken.contains(name)) {
        throw new SQLException("the database " + name + " belongs to a client");
      }
      execute(
          "CREATE DATABASE "
              + ClickHouseServer.quoted(name)
              + " "
              + server.onCluster()
              + " COMMENT '"
              + COMMENT
              + "'");
      return new ScratchDatabase(this, name);
    }

    /**
     * Drops those that runs left behind more than an hour ago.
     *
     * @param taken databases of clients, which are kept whatever their names
     */
    void sweep(Set<String> taken) throws SQLException {
      List<String> stale = new ArrayList<>();
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT name FROM system.databases WHERE comment = '" + COMMENT + "'")) {
        while (rows.next()) {
          String name = rows.getString(1);
          if (isStale(name, Instant.now()) && !taken.contains(name)) {
            stale.add(name);
          }
        }
      }
      for (String name : stale) {
        drop(name);
      }
    }

    private void drop(String name) throws SQLException {
      execute(
          "DROP DATABASE IF EXISTS " + ClickHouseServer.quoted(name) + " " + server.onCluster());
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql.strip());
      }
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  static Session connect(ClickHouseServer server) throws SQLException {
    return new Session(server, server.connect());
  }

  static boolean isStale(String name, Instant now) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches()
        && Instant.ofEpochSecond(Long.parseLong(matcher.group(1))).isBefore(now.minus(STALE));
  }

  String name() {
    return name;
  }

  /**
   * Runs what may make a table here; leaves out all else, above all what concerns other databases.
   */
  void execute(String statement) throws SQLException {
    String first =
        SqlLexer.tokens(statement).stream()
            .filter(token -> token.kind() != SqlLexer.Kind.COMMENT)
            .map(token -> token.text().toUpperCase(Locale.ROOT))
            .findFirst()
            .orElse("");
    if (DDL.contains(first) && statement.contains(ClickHouseServer.quoted(name))) {
      session.execute(statement);
    }
  }

  @Override
  public void close() throws SQLException {
    session.drop(name);
  }
}
