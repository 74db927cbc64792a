package io.penstock.provisioning.schema;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.client.ClientRules;
import io.penstock.core.client.Retention;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import io.penstock.provisioning.target.ClickHouseServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a client's database up to date with the migrations, and notes in PostgreSQL after each
 * statement how far it came, so that the run after one that was killed goes on there. The caller
 * holds the client's lock. Thread-safe for different clients.
 */
public final class Migrator {
  /** What the driver adds behind the message; it differs from client to client. */
  private static final Pattern DRIVERS_TAIL =
      Pattern.compile("\\s*\\((queryId=|version )[^()]*(\\([^()]*\\))?\\)");

  private static final Logger log = LoggerFactory.getLogger(Migrator.class);

  private final Migrations migrations;
  private final Effects effects;

  /** Where a client's events are. */
  public record Place(String clientId, String database, Retention retention) {
    /** That of a client. */
    public static Place of(ClientRow client) {
      return new Place(client.clientId(), client.database(), client.retention());
    }
  }

  /** A migration with its statements filled in. */
  private record Filled(Pending pending, List<String> statements) {}

  /** Tells {@code effects} before each statement and each note. */
  public Migrator(Migrations migrations, Effects effects) {
    this.migrations = migrations;
    this.effects = effects;
  }

  /**
   * Creates the database where it is missing and applies what it lacks.
   *
   * @param metadata where the versions are kept
   * @return how many migrations were applied now
   * @throws StepFailed if ClickHouse refuses or does not answer, a statement cannot be repeated, or
   *     an applied file was edited or is missing
   * @throws SQLException if PostgreSQL does not answer
   */
  public int migrate(Connection metadata, ClickHouseServer server, Place place)
      throws SQLException, StepFailed {
    SchemaVersions versions = new SchemaVersions(metadata, place.clientId);
    try {
      List<Filled> filled = fill(pending(versions, false), server, place);
      try (Session session = new Session(server)) {
        effects.before("create the database");
        session.createDatabase(place.database);
        apply(session, versions, filled);
      }
      return filled.size();
    } catch (MigrationFailed e) {
      throw e.asStep();
    }
  }

  /**
   * Applies what a client's database lacks; the database must be there.
   *
   * @param outOfOrder whether a file may come below the newest that was applied
   * @return what was applied now, in order
   * @throws MigrationFailed see {@link #migrate}
   * @throws SQLException if PostgreSQL does not answer
   */
  List<Migration> update(
      Connection metadata, ClickHouseServer server, Place place, boolean outOfOrder)
      throws SQLException, MigrationFailed {
    SchemaVersions versions = new SchemaVersions(metadata, place.clientId);
    List<Filled> filled = fill(pending(versions, outOfOrder), server, place);
    if (!filled.isEmpty()) {
      try (Session session = new Session(server)) {
        apply(session, versions, filled);
      }
    }
    return filled.stream().map(one -> one.pending.migration()).toList();
  }

  private List<Pending> pending(SchemaVersions versions, boolean outOfOrder)
      throws SQLException, MigrationFailed {
    return Pending.of(
        migrations.of(versions.clientId()),
        versions.rows(),
        checksum -> SchemaVersions.text(versions.connection(), checksum),
        outOfOrder);
  }

  /** Fills in all statements before any of them runs. */
  private static List<Filled> fill(List<Pending> all, ClickHouseServer server, Place place)
      throws MigrationFailed {
    Map<String, String> placeholders = placeholders(server, place);
    List<Filled> filled = new ArrayList<>();
    for (Pending pending : all) {
      filled.add(new Filled(pending, pending.statements(placeholders)));
    }
    return filled;
  }

  /**
   * The values of the placeholders.
   *
   * @throws MigrationFailed if the database has a name that Penstock gives to none
   */
  static Map<String, String> placeholders(ClickHouseServer server, Place place)
      throws MigrationFailed {
    String odd = ClientRules.databaseProblem(place.database);
    if (odd != null) {
      throw new MigrationFailed("", 0, odd);
    }
    return server.placeholders(place.database, place.retention);
  }

  private void apply(Session session, SchemaVersions versions, List<Filled> filled)
      throws SQLException, MigrationFailed {
    for (Filled one : filled) {
      apply(session, versions, one);
    }
  }

  private void apply(Session session, SchemaVersions versions, Filled filled)
      throws SQLException, MigrationFailed {
    Migration migration = filled.pending.migration();
    int last = filled.statements.size();
    int done = filled.pending.done();
    long begin = System.nanoTime();
    effects.before("note that " + migration.label() + " begins");
    versions.record(migration, Outcome.RUNNING, done, 0);
    while (done < last) {
      String step = "%s, statement %d of %d".formatted(migration.label(), done + 1, last);
      CommandRun.current().checkpoint();
      if (done == filled.pending.done()) {
        session.requireNotRunning(migration, done + 1, filled.statements.get(done));
      }
      effects.before(step);
      try {
        session.execute(filled.statements.get(done));
        CommandRun.current().changed();
      } catch (SQLException e) {
        MigrationFailed failed =
            new MigrationFailed(migration.label(), done + 1, step + ": " + message(e), e);
        noteFailure(versions, migration, done, begin, failed);
        throw failed;
      }
      done++;
      if (done < last) {
        effects.before("note " + step);
        versions.record(migration, Outcome.RUNNING, done, System.nanoTime() - begin);
      }
    }
    effects.before("note that " + migration.label() + " is applied");
    versions.record(migration, Outcome.APPLIED, last, System.nanoTime() - begin);
  }

  /**
   * Notes the failure. If PostgreSQL does not answer either, ClickHouse's message is still the one
   * that is reported.
   */
  private void noteFailure(
      SchemaVersions versions, Migration migration, int done, long begin, MigrationFailed failed) {
    effects.before("note that " + migration.label() + " failed");
    try {
      versions.record(migration, Outcome.FAILED, done, System.nanoTime() - begin);
    } catch (SQLException e) {
      failed.addSuppressed(e);
    }
  }

  private static String message(SQLException e) {
    return DRIVERS_TAIL.matcher(StepFailed.firstLine(e)).replaceAll("");
  }

  /** One connection to ClickHouse, whose failures are never taken for PostgreSQL's. */
  private static final class Session implements AutoCloseable {
    private final ClickHouseServer server;
    private final Connection connection;
    private final Statement statement;

    Session(ClickHouseServer server) throws MigrationFailed {
      this.server = server;
      try {
        connection = server.connect();
        statement = connection.createStatement();
      } catch (SQLException e) {
        throw new MigrationFailed("", 0, "connect to ClickHouse: " + message(e), e);
      }
    }

    void createDatabase(String database) throws MigrationFailed {
      try {
        execute(
            ("CREATE DATABASE IF NOT EXISTS "
                    + ClickHouseClients.quoted(database)
                    + " "
                    + server.onCluster())
                .strip());
      } catch (SQLException e) {
        throw new MigrationFailed("", 0, "ClickHouse: create the database: " + message(e), e);
      }
    }

    void execute(String sql) throws SQLException {
      statement.execute(sql);
    }

    /**
     * Makes sure that the statement does not run still: a run that gave up waiting, or was killed,
     * leaves its statement running on the server.
     */
    void requireNotRunning(Migration migration, int number, String sql) throws MigrationFailed {
      String running =
          "SELECT query_id, toUInt64(elapsed) FROM system.processes WHERE query_id != queryID() AND startsWith(query, "
              + ClickHouseClients.text(sql.strip())
              + ")";
      try (ResultSet rows = statement.executeQuery(running)) {
        if (rows.next()) {
          throw new MigrationFailed(
              migration.label(),
              number,
              "%s, statement %d: the one of an earlier run still runs on ClickHouse, for %d s: wait for its end, or KILL QUERY WHERE query_id = '%s', and run this again"
                  .formatted(migration.label(), number, rows.getLong(2), rows.getString(1)));
        }
      } catch (SQLException e) {
        throw new MigrationFailed(
            migration.label(), number, "look for an earlier run: " + message(e), e);
      }
    }

    /** Closes the connection; a failure is ignored, since every question was answered. */
    @Override
    public void close() {
      try (connection) {
        statement.close();
      } catch (SQLException e) {
        log.debug("closing a connection to ClickHouse", e);
      }
    }
  }
}
