package io.penstock.provisioning;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.RedisClientCache;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Makes pending clients active: creates the database, applies the migrations that it lacks, then
 * tells the routers. Works under a PostgreSQL advisory lock per client, so that two runs at once
 * don't meet, and every step can be repeated, so that the run after a failure goes on where it
 * stopped. Thread-safe.
 */
public final class Provisioner {
  private static final int MAX_REASON = 1_000;

  private final DataSource metadata;
  private final Map<String, ClickHouseServer> targets;
  private final List<Migration> migrations;
  private final RedisClientCache cache;
  private final AuditLog audit;
  private final int parallelism;

  /** A client that is to be provisioned. */
  private record Pending(
      String clientId, ClientStatus status, String database, String target, int retentionDays) {}

  /** A step did not work; the message is the reason that operators read. */
  private static final class StepFailed extends Exception {
    private static final long serialVersionUID = 1;

    StepFailed(String reason) {
      super(reason);
    }
  }

  /**
   * Does not own what it is given.
   *
   * @param parallelism clients at once; each takes one connection of {@code metadata}
   * @param actor stands in the audit log
   */
  Provisioner(
      DataSource metadata,
      Map<String, ClickHouseServer> targets,
      List<Migration> migrations,
      RedisClientCache cache,
      int parallelism,
      String actor) {
    this.metadata = metadata;
    this.targets = Map.copyOf(targets);
    this.migrations = List.copyOf(migrations);
    this.cache = cache;
    this.parallelism = parallelism;
    this.audit = new AuditLog(actor);
  }

  /**
   * Every client that is pending now, several at a time, oldest first.
   *
   * @param progress told each outcome as it comes, from several threads
   * @return the outcomes, in the order of the clients' creation
   * @throws SQLException if PostgreSQL cannot be asked who is pending
   */
  public List<ProvisionOutcome> provisionPending(Consumer<ProvisionOutcome> progress)
      throws SQLException {
    List<String> pending = pendingClients();
    Semaphore slots = new Semaphore(parallelism);
    List<Future<ProvisionOutcome>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String clientId : pending) {
        running.add(
            threads.submit(() -> {
              slots.acquire();
              try {
                ProvisionOutcome outcome = provision(clientId);
                progress.accept(outcome);
                return outcome;
              } finally {
                slots.release();
              }
            }));
      }
    }
    List<ProvisionOutcome> outcomes = new ArrayList<>();
    for (Future<ProvisionOutcome> task : running) {
      try {
        outcomes.add(task.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("provisioning ended unexpectedly", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while provisioning", e);
      }
    }
    return outcomes;
  }

  private List<String> pendingClients() throws SQLException {
    try (Connection connection = metadata.getConnection();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT client_id FROM clients WHERE status = 'pending' ORDER BY created_at, client_id");
        ResultSet rows = select.executeQuery()) {
      List<String> clients = new ArrayList<>();
      while (rows.next()) {
        clients.add(rows.getString(1));
      }
      return clients;
    }
  }

  /** One client, whatever its status. */
  public ProvisionOutcome provision(String clientId) {
    try (Connection connection = metadata.getConnection()) {
      if (!lock(connection, clientId)) {
        return new ProvisionOutcome.Unchanged(clientId, "another run is provisioning it");
      }
      try {
        return provisionLocked(connection, clientId);
      } finally {
        unlock(connection, clientId);
      }
    } catch (SQLException e) {
      return new ProvisionOutcome.Failed(clientId, "PostgreSQL: " + firstLine(e));
    }
  }

  private ProvisionOutcome provisionLocked(Connection connection, String clientId)
      throws SQLException {
    Pending client = read(connection, clientId);
    if (client == null) {
      return new ProvisionOutcome.Failed(clientId, "there is no client of this id");
    }
    if (client.status != ClientStatus.PENDING) {
      return new ProvisionOutcome.Unchanged(clientId, "is " + client.status.text());
    }
    long begin = System.nanoTime();
    try {
      int applied = migrate(connection, client);
      activate(connection, client, applied);
      long tookMillis = (System.nanoTime() - begin) / 1_000_000;
      String warning = cache.announceChange(clientId);
      return new ProvisionOutcome.Provisioned(
          clientId, client.database, applied, tookMillis, warning);
    } catch (StepFailed e) {
      String reason = String.valueOf(e.getMessage());
      audit.write(connection, "client.provision-failed", clientId, reason);
      return new ProvisionOutcome.Failed(clientId, reason);
    }
  }

  private int migrate(Connection connection, Pending client) throws SQLException, StepFailed {
    ClickHouseServer server = targets.get(client.target);
    if (server == null) {
      throw new StepFailed(
          "the ClickHouse target \""
              + client.target
              + "\" is not configured; there is "
              + targets.keySet());
    }
    List<String> problems = NewClient.databaseProblems(client.database);
    if (!problems.isEmpty()) {
      throw new StepFailed(String.join(" ", problems));
    }
    SchemaVersions versions = new SchemaVersions(connection, client.clientId);
    List<Migration> missing = missing(versions);
    try (Connection clickHouse = server.connect();
        Statement statement = clickHouse.createStatement()) {
      String database = ClickHouseServer.quoted(client.database);
      run(
          statement,
          "create the database",
          ("CREATE DATABASE IF NOT EXISTS " + database + " " + server.onCluster()).strip());
      for (Migration migration : missing) {
        apply(
            statement,
            versions,
            migration,
            server.placeholders(client.database, client.retentionDays));
      }
    } catch (SQLException e) {
      throw new StepFailed("ClickHouse: " + firstLine(e));
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

  private static void apply(
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
    versions.record(migration, "applied", System.nanoTime() - begin);
  }

  private static void run(Statement statement, String step, String sql) throws StepFailed {
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new StepFailed(step + ": " + firstLine(e));
    }
  }

  private void activate(Connection connection, Pending client, int applied) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE clients SET status = 'active' WHERE client_id = ? AND status = 'pending'")) {
      update.setString(1, client.clientId);
      update.executeUpdate();
      audit.write(
          connection,
          "client.provisioned",
          client.clientId,
          "database "
              + client.database
              + " on "
              + client.target
              + ", migrations applied: "
              + applied);
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static @Nullable Pending read(Connection connection, String clientId)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT status, ch_database_name, ch_target, retention_days FROM clients WHERE client_id = ?")) {
      select.setString(1, clientId);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? new Pending(
                clientId,
                ClientStatus.of(row.getString(1)),
                row.getString(2),
                row.getString(3),
                row.getInt(4))
            : null;
      }
    }
  }

  private static boolean lock(Connection connection, String clientId) throws SQLException {
    return ask(
        connection,
        "SELECT pg_try_advisory_lock(hashtextextended('penstock:client:' || ?, 0))",
        clientId);
  }

  private static void unlock(Connection connection, String clientId) throws SQLException {
    ask(
        connection,
        "SELECT pg_advisory_unlock(hashtextextended('penstock:client:' || ?, 0))",
        clientId);
  }

  private static boolean ask(Connection connection, String sql, String clientId)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, clientId);
      try (ResultSet row = select.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private static String firstLine(SQLException e) {
    String message = String.valueOf(e.getMessage()).strip();
    String line = message.lines().findFirst().orElse(e.getClass().getSimpleName());
    return line.length() > MAX_REASON ? line.substring(0, MAX_REASON) : line;
  }
}
