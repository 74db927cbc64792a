package io.penstock.provisioning.target;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.config.DataSize;
import io.penstock.core.config.Secret;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.StepFailed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * The ClickHouse user of one client's analysts: reads that client's database and nothing else,
 * within a settings profile and a quota. See <a
 * href="https://clickhouse.com/docs/operations/access-rights">ClickHouse: access rights</a>.
 */
public final class ReaderAccess {
  private final ClickHouseServer server;
  private final String database;
  private final Effects effects;

  /**
   * What one query and one hour may take.
   *
   * @param memory of one query
   * @param time of one query
   * @param rowsRead by one query
   * @param queriesPerHour of all together
   */
  public record Limits(DataSize memory, Duration time, long rowsRead, int queriesPerHour) {
    /** Enough for dashboards, too little to hurt others. */
    public static final Limits DEFAULT =
        new Limits(DataSize.ofMiB(4096), Duration.ofMinutes(1), 1_000_000_000, 10_000);
  }

  /** What became of the user. */
  public enum Outcome {
    /** The user is there, or gone. */
    DONE,
    /** The server has no SQL access management, or not for the user that Penstock has there. */
    NO_ACCESS_MANAGEMENT
  }

  /**
   * @param database must have been checked
   */
  public ReaderAccess(ClickHouseServer server, String database, Effects effects) {
    this.server = server;
    this.database = database;
    this.effects = effects;
  }

  /** The user's name; its profile and quota have it, too. */
  public String user() {
    return database + "_reader";
  }

  /**
   * Creates the user, or gives an existing one this password and these limits.
   *
   * @throws StepFailed if the server refuses otherwise or does not answer
   */
  public Outcome grant(Secret password, Limits limits) throws StepFailed {
    return run(grantStatements(password, limits));
  }

  /**
   * Drops user, quota and profile where they are.
   *
   * @throws StepFailed if the server refuses otherwise or does not answer
   */
  public Outcome drop() throws StepFailed {
    return run(dropStatements());
  }

  /** The password goes as its SHA-256, so that the server's query log has no secret. */
  List<String> grantStatements(Secret password, Limits limits) {
    String user = ClickHouseClients.quoted(user());
    String cluster = cluster();
    return List.of(
        "CREATE SETTINGS PROFILE OR REPLACE %s%s SETTINGS readonly = 2, max_memory_usage = %d MAX %3$d, max_execution_time = %d MAX %4$d, max_rows_to_read = %d MAX %5$d"
            .formatted(
                user,
                cluster,
                limits.memory.bytes(),
                Math.max(1, limits.time.toSeconds()),
                limits.rowsRead),
        "CREATE USER OR REPLACE %s%s IDENTIFIED WITH sha256_hash BY '%s' DEFAULT DATABASE %s SETTINGS PROFILE %1$s"
            .formatted(
                user,
                cluster,
                ApiKeyHash.ofKey(password.reveal()).toHex(),
                ClickHouseClients.quoted(database)),
        "CREATE QUOTA OR REPLACE %s%s FOR INTERVAL 1 hour MAX queries = %d TO %1$s"
            .formatted(user, cluster, limits.queriesPerHour),
        "GRANT%s SELECT ON %s.* TO %s"
            .formatted(cluster, ClickHouseClients.quoted(database), user));
  }

  List<String> dropStatements() {
    String user = ClickHouseClients.quoted(user());
    return List.of(
        "DROP USER IF EXISTS " + user + cluster(),
        "DROP QUOTA IF EXISTS " + user + cluster(),
        "DROP SETTINGS PROFILE IF EXISTS " + user + cluster());
  }

  private String cluster() {
    return server.onCluster().isEmpty() ? "" : " " + server.onCluster();
  }

  private Outcome run(List<String> statements) throws StepFailed {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        effects.before(
            sql.substring(0, sql.indexOf('`')).strip().toLowerCase(java.util.Locale.ROOT));
        var _ = statement.execute(sql);
      }
      return Outcome.DONE;
    } catch (SQLException e) {
      if (ClickHouseErrors.lacksAccessManagement(e.getErrorCode())) {
        return Outcome.NO_ACCESS_MANAGEMENT;
      }
      throw new StepFailed("the user " + user() + ": ClickHouse: " + StepFailed.firstLine(e));
    }
  }
}
