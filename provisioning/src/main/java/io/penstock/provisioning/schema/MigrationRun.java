package io.penstock.provisioning.schema;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.metadata.AdvisoryLock;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.Halt;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.Parallel;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.MigrateOutcome.Failed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Migrates clients that have a database: a canary first if one is named, then the others in waves,
 * each client under its lock and by itself, so that one that fails stops no other. Thread-safe.
 */
public final class MigrationRun {
  private final JobTools tools;
  private final ClickHouseTargets targets;
  private final Migrations migrations;
  private final Migrator migrator;

  /**
   * What to do.
   *
   * @param clientIds only these; empty: all that are active or suspended
   * @param parallelism clients at once; each takes one connection to PostgreSQL, so more than the
   *     pool has would only wait for each other
   * @param canary the first client; if it fails, no other is touched
   * @param outOfOrder whether a file may come below the newest that was applied
   */
  public record Request(
      List<String> clientIds,
      int parallelism,
      @Nullable String canary,
      Waves waves,
      boolean outOfOrder) {}

  /** Told how the run goes, outcomes from several threads. */
  public interface Progress {
    /** A wave begins; {@code done} of {@code total} clients were tried before. */
    void wave(int number, int size, int done, int total);

    /** One client is done. */
    void client(MigrateOutcome outcome);
  }

  /**
   * How it went.
   *
   * @param outcomes by client
   * @param halted why clients were left out; null: none was
   */
  public record Summary(List<MigrateOutcome> outcomes, @Nullable String halted) {
    /** The outcomes of one kind, in order. */
    public <T extends MigrateOutcome> List<T> of(Class<T> kind) {
      return outcomes.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
  }

  /** Does not own what it is given. */
  public MigrationRun(JobTools tools, ClickHouseTargets targets, Migrations migrations) {
    this.tools = tools;
    this.targets = targets;
    this.migrations = migrations;
    this.migrator = new Migrator(migrations, tools.effects());
  }

  /**
   * Applies to every client what it lacks.
   *
   * @throws UnknownClientException if a named client or the canary is not there
   * @throws SQLException if PostgreSQL cannot be asked which clients there are
   */
  public Summary run(Request request, Progress progress)
      throws SQLException, UnknownClientException {
    ClientSchemas all = ClientSchemas.read(tools.metadata()).only(request.clientIds);
    if (request.canary != null) {
      var _ = all.only(List.of(request.canary));
    }
    Map<String, MigrateOutcome> outcomes = new HashMap<>();
    List<String> toDo = new ArrayList<>();
    for (ClientSchemas.Client client : all.clients()) {
      if (isUpToDate(client, request.outOfOrder)) {
        outcomes.put(
            client.clientId(), new MigrateOutcome.Unchanged(client.clientId(), "up to date"));
      } else {
        toDo.add(client.clientId());
      }
    }
    String ended = run(waves(toDo, request), toDo.size(), request, outcomes, progress);
    String why = ended == null ? "" : ended;
    return new Summary(
        all.clients().stream()
            .map(client ->
                outcomes.getOrDefault(
                    client.clientId(), new MigrateOutcome.NotTried(client.clientId(), why)))
            .toList(),
        ended);
  }

  private static List<List<String>> waves(List<String> toDo, Request request) {
    List<List<String>> waves = new ArrayList<>();
    List<String> others = new ArrayList<>(toDo);
    if (request.canary != null && others.remove(request.canary)) {
      waves.add(List.of(request.canary));
    }
    waves.addAll(request.waves.cut(others));
    return waves;
  }

  /** Runs the waves; returns why they ended early, or null. */
  private @Nullable String run(
      List<List<String>> waves,
      int total,
      Request request,
      Map<String, MigrateOutcome> outcomes,
      Progress progress) {
    Halt halt = new Halt();
    int tried = 0;
    int judged = 0;
    int failed = 0;
    for (int i = 0; i < waves.size(); i++) {
      List<String> wave = waves.get(i);
      boolean left = i + 1 < waves.size();
      boolean anyFailed = false;
      progress.wave(i + 1, wave.size(), tried, total);
      for (MigrateOutcome outcome :
          Parallel.map(
              wave,
              request.parallelism,
              clientId -> {
                MigrateOutcome outcome = migrate(clientId, request.outOfOrder, halt);
                progress.client(outcome);
                return outcome;
              })) {
        outcomes.put(outcome.clientId(), outcome);
        boolean begun = !(outcome instanceof MigrateOutcome.NotTried);
        left |= !begun;
        tried += begun ? 1 : 0;
        anyFailed |= outcome instanceof Failed;
        // A target that is down says nothing of the migration.
        boolean counts = begun && !halt.wasMetBy(outcome.clientId());
        judged += counts ? 1 : 0;
        failed += counts && outcome instanceof Failed ? 1 : 0;
      }
      if (left && halt.why() != null) {
        return halt.why();
      }
      if (i + 1 < waves.size()) {
        if (wave.equals(canary(request)) && anyFailed) {
          return "the canary " + request.canary + " failed";
        }
        if (request.waves.halt(failed, judged)) {
          return "%d of %d clients failed, which is more than %s%%"
              .formatted(failed, judged, percent(request.waves.maxFailures()));
        }
      }
    }
    return null;
  }

  private static List<String> canary(Request request) {
    return request.canary == null ? List.of() : List.of(request.canary);
  }

  private static String percent(double share) {
    return java.math.BigDecimal.valueOf(share)
        .movePointRight(2)
        .stripTrailingZeros()
        .toPlainString();
  }

  private boolean isUpToDate(ClientSchemas.Client client, boolean outOfOrder) throws SQLException {
    try {
      // What differs is told when it is its turn.
      return Pending.of(
              migrations.of(client.clientId()), client.rows(), checksum -> null, outOfOrder)
          .isEmpty();
    } catch (MigrationFailed e) {
      return false;
    }
  }

  private MigrateOutcome migrate(String clientId, boolean outOfOrder, Halt halt) {
    String why = halt.why();
    if (why != null) {
      return new MigrateOutcome.NotTried(clientId, why);
    }
    try (Connection connection = tools.connect();
        AdvisoryLock lock = ClientLock.tryTake(connection, clientId)) {
      return lock == null
          ? new Failed(clientId, "", 0, "in work by " + ClientLock.holder(connection, clientId))
          : migrateLocked(connection, clientId, outOfOrder, halt);
    } catch (SQLException e) {
      String reason = "PostgreSQL: " + StepFailed.firstLine(e);
      if (PostgresConnections.isDown(e)) {
        halt.everywhere(reason);
      }
      return new Failed(clientId, "", 0, reason);
    }
  }

  private MigrateOutcome migrateLocked(
      Connection connection, String clientId, boolean outOfOrder, Halt halt) throws SQLException {
    // The client as it is under the lock; what was read before may be old.
    ClientRow client = ClientsTable.find(connection, clientId);
    if (client == null
        || (client.status() != ClientStatus.ACTIVE && client.status() != ClientStatus.SUSPENDED)) {
      return new MigrateOutcome.Unchanged(
          clientId, client == null ? "is gone" : "is " + client.status().text() + " now");
    }
    String why = halt.why(client.target());
    if (why != null) {
      return new MigrateOutcome.NotTried(clientId, why);
    }
    long begin = System.nanoTime();
    try {
      List<String> applied =
          migrator
              .update(
                  connection, targets.get(client.target()), Migrator.Place.of(client), outOfOrder)
              .stream()
              .map(Migration::label)
              .toList();
      if (applied.isEmpty()) {
        return new MigrateOutcome.Unchanged(clientId, "up to date");
      }
      tools.before("write the audit log");
      tools.note(connection, "client.migrated", clientId, "applied: " + String.join(", ", applied));
      return new MigrateOutcome.Migrated(
          clientId, applied, (System.nanoTime() - begin) / 1_000_000);
    } catch (CommandRun.Interrupted e) {
      return new MigrateOutcome.NotTried(clientId, Halt.INTERRUPTED);
    } catch (MigrationFailed e) {
      if (ClickHouseServer.isDown(e)) {
        halt.target(client.target(), "target \"%s\": %s".formatted(client.target(), e.reason()));
        halt.metBy(clientId);
      }
      return failed(connection, new Failed(clientId, e.migration(), e.statement(), e.reason()));
    } catch (StepFailed e) {
      return failed(connection, new Failed(clientId, "", 0, e.reason()));
    }
  }

  private Failed failed(Connection connection, Failed failed) throws SQLException {
    tools.note(connection, "client.migrate-failed", failed.clientId(), failed.reason());
    return failed;
  }
}
