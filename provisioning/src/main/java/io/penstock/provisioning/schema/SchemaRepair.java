package io.penstock.provisioning.schema;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.provisioning.job.Halt;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.SchemaVerifier.Drift;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes what clients' databases lack of their applied migrations: databases, tables, views,
 * columns; empty, since what they held is gone. Never changes or drops what is there. Thread-safe.
 */
public final class SchemaRepair {
  private final JobTools tools;
  private final ClickHouseTargets targets;
  private final SchemaVerifier verifier;

  /**
   * What was, or would be, done.
   *
   * @param dryRun whether nothing was changed
   * @param verified how many clients were looked at
   * @param repaired what was, or would be, made: it has a statement; in the order in which they run
   * @param left what differs and is not repaired
   * @param failed why clients could not be looked at or repaired, by client
   */
  public record Report(
      boolean dryRun,
      int verified,
      List<Drift> repaired,
      List<Drift> left,
      Map<String, String> failed) {}

  /** Does not own what it is given. */
  public SchemaRepair(JobTools tools, ClickHouseTargets targets, SchemaVerifier verifier) {
    this.tools = tools;
    this.targets = targets;
    this.verifier = verifier;
  }

  /**
   * Tells what {@link #run} would do, and changes nothing.
   *
   * @param clientIds only these; empty: all that are active or suspended
   * @throws UnknownClientException if a named client is not there
   * @throws SQLException if PostgreSQL does not answer
   */
  public Report forecast(List<String> clientIds, int parallelism)
      throws SQLException, UnknownClientException {
    SchemaVerifier.Report found = verifier.verify(clientIds, parallelism);
    return new Report(
        true,
        found.verified(),
        inOrder(found.drifts()),
        found.drifts().stream().filter(drift -> drift.statement() == null).toList(),
        found.notVerified());
  }

  /**
   * Makes what is missing, each client under its lock, and looks again.
   *
   * @throws UnknownClientException if a named client is not there
   * @throws SQLException if PostgreSQL does not answer
   */
  public Report run(List<String> clientIds, int parallelism)
      throws SQLException, UnknownClientException {
    Report forecast = forecast(clientIds, parallelism);
    Map<String, String> failures = new TreeMap<>(forecast.failed);
    List<Drift> repaired = new ArrayList<>();
    Halt halt = new Halt();
    for (String clientId : forecast.repaired.stream().map(Drift::clientId).distinct().toList()) {
      String why = halt.why();
      if (why != null) {
        failures.put(clientId, "not tried: " + why);
        continue;
      }
      List<Drift> done = new ArrayList<>();
      try {
        tools.whileHeld(clientId, connection -> repair(connection, clientId, done));
      } catch (StepFailed e) {
        failures.put(clientId, e.reason());
      } catch (SQLException e) {
        if (!PostgresConnections.isDown(e)) {
          throw e;
        }
        halt.everywhere("PostgreSQL: " + StepFailed.firstLine(e));
        failures.put(clientId, String.valueOf(halt.why()));
      }
      repaired.addAll(done);
    }
    if (halt.why() != null) {
      return new Report(false, forecast.verified, repaired, forecast.left, failures);
    }
    List<Drift> left = new ArrayList<>();
    if (!repaired.isEmpty() || !forecast.left.isEmpty()) {
      SchemaVerifier.Report after = verifier.verify(clientIds, parallelism);
      left.addAll(after.drifts());
      after.notVerified().forEach(failures::putIfAbsent);
    }
    return new Report(false, forecast.verified, repaired, left, failures);
  }

  /** What was read before the lock was taken may be old, so the client is looked at again. */
  private boolean repair(Connection connection, String clientId, List<Drift> done)
      throws SQLException, StepFailed {
    ClientRow client = ClientsTable.find(connection, clientId);
    if (client == null
        || (client.status() != ClientStatus.ACTIVE && client.status() != ClientStatus.SUSPENDED)) {
      throw new StepFailed("it is not active or suspended any more");
    }
    SchemaVerifier.Report now;
    try {
      now = verifier.verify(List.of(clientId), 1);
    } catch (UnknownClientException e) {
      throw new StepFailed("it is gone");
    }
    String unseen = now.notVerified().get(clientId);
    if (unseen != null) {
      throw new StepFailed("not looked at: " + unseen);
    }
    try {
      execute(targets.get(client.target()), inOrder(now.drifts()), done);
    } finally {
      if (!done.isEmpty()) {
        tools.before("write the audit log");
        tools.note(
            connection,
            "client.schema-repaired",
            clientId,
            "made: " + String.join(", ", done.stream().map(SchemaRepair::label).toList()));
      }
    }
    return true;
  }

  /** What needs something else that is missing too, a view of a view, comes again after that. */
  private void execute(ClickHouseServer server, List<Drift> missing, List<Drift> done)
      throws StepFailed {
    try (Connection clickHouse = server.connect();
        Statement statement = clickHouse.createStatement()) {
      List<Drift> left = missing;
      while (!left.isEmpty()) {
        List<Drift> refused = new ArrayList<>();
        String reason = "";
        for (Drift drift : left) {
          tools.before("make " + label(drift));
          try {
            var _ = statement.execute(drift.statement());
            done.add(drift);
          } catch (SQLException e) {
            refused.add(drift);
            reason = label(drift) + ": ClickHouse: " + StepFailed.firstLine(e);
          }
        }
        if (refused.size() == left.size()) {
          throw new StepFailed(reason);
        }
        left = refused;
      }
    } catch (SQLException e) {
      throw new StepFailed("ClickHouse: " + StepFailed.firstLine(e));
    }
  }

  private static String label(Drift drift) {
    return (drift.table() + " " + drift.what()).strip();
  }

  /** Clients one after the other; of each the database, its tables, columns, and then its views. */
  private static List<Drift> inOrder(List<Drift> drifts) {
    List<Drift> missing =
        new ArrayList<>(drifts.stream().filter(drift -> drift.statement() != null).toList());
    // Stable: columns stay in the order of their table.
    missing.sort(Comparator.comparing(Drift::clientId).thenComparingInt(SchemaRepair::rank));
    return missing;
  }

  private static int rank(Drift drift) {
    if (drift.what().equals("database")) {
      return 0;
    }
    if (!drift.what().equals("table")) {
      return 2;
    }
    String statement = String.valueOf(drift.statement());
    if (statement.startsWith("CREATE VIEW")) {
      return 4;
    }
    return statement.startsWith("CREATE MATERIALIZED VIEW") ? 3 : 1;
  }
}
