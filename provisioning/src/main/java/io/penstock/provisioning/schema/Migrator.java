package io.penstock.provisioning.schema;

import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.job.Steps;
import io.penstock.provisioning.target.ClickHouseServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings a client's database up to date with the migrations. The caller holds the client's lock.
 * Thread-safe for different clients.
 */
public final class Migrator {
  private final List<Migration> migrations;
  private final Steps steps;

  /** Where a client's events are. */
  public record Place(String clientId, String database, int retentionDays) {}

  /**
   * @param migrations in order of version
   */
  public Migrator(List<Migration> migrations, Steps steps) {
    this.migrations = List.copyOf(migrations);
    this.steps = steps;
  }

  /**
   * Creates the database where it is missing and applies what it lacks.
   *
   * @param metadata where the versions are kept
   * @return how many migrations were applied now
   * @throws StepFailed if ClickHouse refuses or does not answer, or an applied file was edited
   */
  public int migrate(Connection metadata, ClickHouseServer server, Place place)
      throws SQLException, StepFailed {
    SchemaVersions versions = new SchemaVersions(metadata, place.clientId);
    List<Migration> missing = missing(versions);
    try (Connection clickHouse = server.connect();
        Statement statement = clickHouse.createStatement()) {
      run(
          statement,
          "create the database",
          ("CREATE DATABASE IF NOT EXISTS "
                  + ClickHouseServer.quoted(place.database)
                  + " "
                  + server.onCluster())
              .strip());
      Map<String, String> placeholders = server.placeholders(place.database, place.retentionDays);
      for (Migration migration : missing) {
        apply(statement, versions, migration, placeholders);
      }
    } catch (SQLException e) {
      throw new StepFailed("ClickHouse: " + StepFailed.firstLine(e));
    }
    return missing.size();
  }

  private List<Migration> missing(SchemaVersions versions) throws SQLException, StepFailed {
    Map<Integer, String> applied = versions.applied();
    List<Migration> missing = new ArrayList<>();
    for (Migration migration : migrations) {
      String checksum = applied.get(migration.version());
      if (checksum == null) {
        missing.add(migration);
      } else if (!checksum.equals(migration.checksum())) {
        throw new StepFailed(
            "migration "
                + migration.version()
                + " was applied with another text; changes belong in a new migration");
      }
    }
    return missing;
  }

  private void apply(
      Statement statement,
      SchemaVersions versions,
      Migration migration,
      Map<String, String> placeholders)
      throws SQLException, StepFailed {
    long begin = System.nanoTime();
    try {
      List<String> statements = migration.statements(placeholders);
      for (int i = 0; i < statements.size(); i++) {
        String step =
            "migration "
                + migration.version()
                + ", statement "
                + (i + 1)
                + " of "
                + statements.size();
        run(statement, step, statements.get(i));
      }
    } catch (StepFailed | IllegalArgumentException e) {
      versions.record(migration, "failed", System.nanoTime() - begin);
      throw e instanceof StepFailed failed
          ? failed
          : new StepFailed("migration " + migration.version() + ": " + e.getMessage());
    }
    steps.before("record migration " + migration.version());
    versions.record(migration, "applied", System.nanoTime() - begin);
  }

  private void run(Statement statement, String step, String sql) throws StepFailed {
    steps.before(step);
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new StepFailed(step + ": " + StepFailed.firstLine(e));
    }
  }
}
