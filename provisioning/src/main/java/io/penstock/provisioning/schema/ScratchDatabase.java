package io.penstock.provisioning.schema;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.Scratch;
import io.penstock.core.clickhouse.SqlLexer;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.target.ClickHouseServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** An empty database for {@link SchemaVerifier}, dropped when it is closed. */
final class ScratchDatabase implements AutoCloseable {
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
      String name = Scratch.VERIFY.newName(taken);
      execute(Scratch.VERIFY.create(name, server.onCluster()));
      return new ScratchDatabase(this, name);
    }

    /**
     * Drops those that runs left behind more than an hour ago.
     *
     * @param taken databases of clients, which are kept whatever their names
     */
    void sweep(Set<String> taken) throws SQLException {
      List<String> names;
      try (Statement statement = connection.createStatement()) {
        names = Sql.query(statement, Scratch.VERIFY.names(), row -> row.getString(1));
      }
      for (String name : Scratch.VERIFY.stale(names, taken, Instant.now())) {
        drop(name);
      }
    }

    private void drop(String name) throws SQLException {
      execute(Scratch.drop(name, server.onCluster()));
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
    if (DDL.contains(first) && statement.contains(ClickHouseClients.quoted(name))) {
      session.execute(statement);
    }
  }

  @Override
  public void close() throws SQLException {
    session.drop(name);
  }
}
