package io.penstock.provisioning;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.Patience;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metadata.Sql;
import io.penstock.core.run.CommandRun;
import io.penstock.core.run.GuardedCall;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.topic.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.output.MigrateResult;
import org.jspecify.annotations.Nullable;

/**
 * Prepares what must be there before the first client: the topics, the metadata schema and the
 * ledger's table. Every step is safe to repeat.
 */
public final class Setup {
  private Setup() {}

  /**
   * The metadata schema after {@link #migrateMetadata}, or before it.
   *
   * @param version of the newest migration that is applied; "": none
   * @param migrations how many this run applied, or the next one would
   */
  public record Schema(String version, int migrations) {}

  /**
   * Creates the topics that are missing.
   *
   * @throws Topics.TopicsException if Kafka cannot be reached or refuses
   */
  public static List<Topics.Report> createTopics(KafkaConfig config) {
    return topics(config, Topics::create);
  }

  /**
   * Does with the topics what is told, and closes the connection.
   *
   * @throws Topics.TopicsException if Kafka cannot be reached or refuses
   */
  public static <R> R topics(KafkaConfig config, Function<Topics, R> work) {
    try (Admin admin = CommandClients.admin(config)) {
      return work.apply(new Topics(config, admin));
    }
  }

  /**
   * Looks at the metadata schema.
   *
   * @param home the root folder
   * @throws org.flywaydb.core.api.FlywayException if PostgreSQL cannot be reached
   */
  public static Schema checkMetadata(PostgresConfig config, Path home) {
    return guarded(
        config, CommandRun.current().patience(), () -> schema(flyway(config, home).info()));
  }

  private static Schema schema(MigrationInfoService info) {
    MigrationInfo current = info.current();
    return new Schema(
        current == null ? "" : String.valueOf(current.getVersion()), info.pending().length);
  }

  /**
   * Brings the metadata schema up to date with {@code postgres/sql}; several runs at once wait for
   * each other.
   *
   * @param home the root folder
   * @throws org.flywaydb.core.api.FlywayException if PostgreSQL cannot be reached or a migration
   *     fails
   */
  public static Schema migrateMetadata(PostgresConfig config, Path home) {
    Patience patience = CommandRun.current().patience();
    MigrateResult result = guarded(config, patience, flyway(config, home)::migrate);
    String version =
        result.targetSchemaVersion != null
            ? result.targetSchemaVersion
            : result.initialSchemaVersion;
    return new Schema(String.valueOf(version), result.migrationsExecuted);
  }

  /**
   * The client of the configured target that has this database; null: none has it.
   *
   * @throws SQLException if PostgreSQL cannot be asked
   */
  public static @Nullable String ownerOf(PostgresConfig config, String database)
      throws SQLException {
    Patience patience = CommandRun.current().patience();
    try (Connection connection =
        PostgresConnections.connect(config, "penstock setup", patience.statement())) {
      return Sql.first(
          connection,
          "SELECT client_id FROM clients WHERE ch_database_name = ? AND ch_target = ? AND status <> 'deprovisioned'",
          row -> row.getString(1),
          database,
          ClickHouseConfig.TARGET);
    }
  }

  /**
   * Whether the ledger's table is there.
   *
   * @throws SQLException if ClickHouse refuses or does not answer
   */
  public static Topics.State checkLedger(ClickHouseServer server, String database)
      throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      return isThere(statement, database) ? Topics.State.PRESENT : Topics.State.MISSING;
    }
  }

  private static boolean isThere(Statement statement, String database) throws SQLException {
    try (ResultSet found =
        statement.executeQuery(
            "SELECT count() FROM system.tables WHERE name = 'ledger' AND database = "
                + ClickHouseClients.literal(database))) {
      return found.next() && found.getLong(1) > 0;
    }
  }

  /**
   * Creates the ledger's database and table where they are missing, and brings them up to date, by
   * {@code clickhouse/operator}.
   *
   * @param home the root folder
   * @throws SQLException if ClickHouse refuses or does not answer
   * @throws IOException if the folder cannot be read
   */
  public static Topics.State createLedger(ClickHouseServer server, String database, Path home)
      throws SQLException, IOException {
    List<Migration> files = Migration.load(home.resolve("clickhouse").resolve("operator"));
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      boolean wasThere = isThere(statement, database);
      statement.execute(
          "CREATE DATABASE IF NOT EXISTS %s %s"
              .formatted(ClickHouseClients.quoted(database), server.onCluster())
              .strip());
      for (Migration file : files) {
        for (String sql : file.statements(server.placeholders(database, Retention.DEFAULT))) {
          statement.execute(sql);
        }
      }
      return wasThere ? Topics.State.PRESENT : Topics.State.CREATED;
    }
  }

  private static Flyway flyway(PostgresConfig config, Path home) {
    Patience patience = CommandRun.current().patience();
    return Flyway.configure()
        .dataSource(config.url(), config.user(), config.password().reveal())
        .jdbcProperties(PostgresConnections.timeouts(patience.connect(), patience.statement()))
        .locations("filesystem:" + home.resolve("postgres").resolve("sql"))
        .failOnMissingLocations(true)
        .validateMigrationNaming(true)
        .cleanDisabled(true)
        .load();
  }

  /**
   * Runs Flyway while PostgreSQL is asked for signs of life: a migration may take long, a server
   * that hangs may not.
   */
  private static <T> T guarded(PostgresConfig config, Patience patience, Callable<T> work) {
    GuardedCall call =
        new GuardedCall(
            PostgresConnections.name(config), patience, within -> answers(config, within));
    try {
      return call.ask(work);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new FlywayException(e.getMessage(), e);
    }
  }

  private static boolean answers(PostgresConfig config, Duration within) {
    try (HikariDataSource pool =
            PostgresConnections.open(config, "penstock setup", within, within);
        Connection connection = pool.getConnection()) {
      return connection.isValid((int) Math.max(1, within.toSeconds()));
    } catch (SQLException e) {
      return !PostgresConnections.isDown(e);
    }
  }
}
