package io.penstock.provisioning.client;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.AdvisoryLock;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metadata.Sql;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.Halt;
import io.penstock.provisioning.job.Job;
import io.penstock.provisioning.job.JobRun;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.Parallel;
import io.penstock.provisioning.job.Step;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.Migrator;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Makes pending clients active: creates the database, applies the migrations that it lacks, then
 * tells the routers. Works under the client's advisory lock in PostgreSQL, so that two runs cannot
 * work on one client at once. Every step can be repeated, so that a run after a failure goes on
 * where that one stopped. Thread-safe.
 */
public final class Provisioner {
  private static final String MIGRATE = "migrate";
  private static final String MIGRATIONS = "migrations";

  private final JobTools tools;
  private final ClickHouseTargets targets;
  private final Migrator migrator;
  private final Announcer announcer;
  private final String ledgerDatabase;

  /**
   * Does not own what it is given.
   *
   * @param ledgerDatabase which no client of the configured target may have
   */
  public Provisioner(
      JobTools tools,
      ClickHouseTargets targets,
      Migrator migrator,
      Announcer announcer,
      String ledgerDatabase) {
    this.tools = tools;
    this.targets = targets;
    this.migrator = migrator;
    this.announcer = announcer;
    this.ledgerDatabase = ledgerDatabase;
  }

  /**
   * Every client that is pending now, several at a time, oldest first.
   *
   * @param parallelism clients at once; each takes one connection to PostgreSQL
   * @param progress told each outcome as it comes, from several threads
   * @return the outcomes, in the order of the clients' creation
   * @throws SQLException if PostgreSQL cannot be asked who is pending
   */
  public List<ProvisionOutcome> provisionPending(
      int parallelism, Consumer<ProvisionOutcome> progress) throws SQLException {
    return provision(pending(), parallelism, progress);
  }

  /**
   * Provisions the named clients. If PostgreSQL is down the run ends; if a ClickHouse target is
   * down, the other clients of that target are not tried.
   */
  public List<ProvisionOutcome> provision(
      List<String> clientIds, int parallelism, Consumer<ProvisionOutcome> progress) {
    Halt halt = new Halt();
    return Parallel.map(
        clientIds,
        parallelism,
        clientId -> {
          ProvisionOutcome outcome = provision(clientId, halt);
          progress.accept(outcome);
          return outcome;
        });
  }

  /** The ids of clients that are pending now, oldest first. */
  public List<String> pending() throws SQLException {
    try (Connection connection = tools.connect()) {
      return Sql.query(
          connection,
          "SELECT client_id FROM clients WHERE status = 'pending' ORDER BY created_at, client_id",
          row -> row.getString(1));
    }
  }

  /** One client, whatever its status. */
  public ProvisionOutcome provision(String clientId) {
    return provision(clientId, new Halt());
  }

  private ProvisionOutcome provision(String clientId, Halt halt) {
    String why = halt.why();
    if (why != null) {
      return new ProvisionOutcome.NotTried(clientId, why);
    }
    try (Connection connection = tools.connect();
        AdvisoryLock lock = ClientLock.tryTake(connection, clientId)) {
      return lock == null
          ? new ProvisionOutcome.Unchanged(
              clientId, "in work by " + ClientLock.holder(connection, clientId), true)
          : provisionLocked(connection, clientId, halt);
    } catch (SQLException e) {
      String reason = "PostgreSQL: " + StepFailed.firstLine(e);
      if (PostgresConnections.isDown(e)) {
        halt.everywhere(reason);
      }
      return new ProvisionOutcome.Failed(clientId, reason);
    }
  }

  private ProvisionOutcome provisionLocked(Connection connection, String clientId, Halt halt)
      throws SQLException {
    ClientRow client = ClientsTable.find(connection, clientId);
    if (client == null) {
      return new ProvisionOutcome.Failed(clientId, ClientsTable.unknown(connection, clientId));
    }
    if (client.status() != ClientStatus.PENDING) {
      // A run that was killed after its last change may not have told the routers.
      Announcement announcement = announcer.announce(clientId);
      return new ProvisionOutcome.Unchanged(
          clientId,
          "is " + client.status().text() + announcement.problem(),
          announcement.warning() == null);
    }
    String why = halt.why(client.target());
    if (why != null) {
      return new ProvisionOutcome.NotTried(clientId, why);
    }
    long begin = System.nanoTime();
    try {
      int applied = work(connection, client);
      tools.before("tell the routers");
      Announcement announcement = announcer.announce(clientId);
      long tookMillis = (System.nanoTime() - begin) / 1_000_000;
      return new ProvisionOutcome.Provisioned(
          clientId, client.database(), applied, tookMillis, announcement);
    } catch (CommandRun.Interrupted e) {
      return new ProvisionOutcome.NotTried(clientId, Halt.INTERRUPTED);
    } catch (StepFailed e) {
      if (ClickHouseServer.isDown(e)) {
        halt.target(client.target(), "target \"%s\": %s".formatted(client.target(), e.reason()));
      }
      tools.note(connection, "client.provision-failed", clientId, e.reason());
      return new ProvisionOutcome.Failed(clientId, e.reason());
    }
  }

  /**
   * Carries the job out, from its first step: how far the migrations are, {@code schema_versions}
   * knows.
   *
   * @return how many migrations this applied
   */
  private int work(Connection connection, ClientRow client) throws SQLException, StepFailed {
    if (client.target().equals(ClickHouseConfig.TARGET)
        && client.database().equals(ledgerDatabase)) {
      throw new StepFailed(
          "its database %s is the ledger's: clients set %s --database NAME gives it another"
              .formatted(ledgerDatabase, client.clientId()));
    }
    JobRun job = tools.takeUp(connection, Job.Kind.PROVISION, client.clientId(), MIGRATE, true);
    boolean _ =
        job.run(
            List.of(
                new Step.Work(
                    MIGRATE,
                    () ->
                        job.count(
                            MIGRATIONS,
                            migrator.migrate(
                                connection,
                                targets.get(client.target()),
                                Migrator.Place.of(client)))),
                new Step.Work("activate", () -> activate(connection, client, job))));
    return Math.toIntExact(job.count(MIGRATIONS));
  }

  private void activate(Connection connection, ClientRow client, JobRun job) throws SQLException {
    String clientId = client.clientId();
    tools.before("activate");
    var _ =
        tools.change(
            connection,
            "client.provisioned",
            clientId,
            "database %s on %s, migrations applied: %d"
                .formatted(client.database(), client.target(), job.count(MIGRATIONS)),
            () ->
                Sql.update(
                    connection,
                    "UPDATE clients SET status = 'active' WHERE client_id = ? AND status = 'pending'",
                    clientId));
  }
}
