package io.penstock.provisioning.schema;

import io.penstock.core.client.ClientRules;
import io.penstock.core.client.Retention;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.provisioning.job.Halt;
import io.penstock.provisioning.job.Parallel;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Compares clients' databases with what their migrations make of an empty one: the same statements
 * run on a scratch database of the same target, and the system tables tell what differs. Clients
 * that should be alike (one target, the same migrations in the same order, one retention) share a
 * scratch database. A migration that runs meanwhile shows as drift. Thread-safe.
 */
public final class SchemaVerifier {
  private static final int DATABASES_PER_QUERY = 100;

  private final DataSource metadata;
  private final ClickHouseTargets targets;
  private final Migrations migrations;

  /**
   * One difference.
   *
   * @param what of the table differs
   * @param expected null: nothing
   * @param found null: nothing
   * @param statement the statement that makes what is missing; null: there is none, because
   *     something is there that would have to be changed or dropped
   */
  public record Drift(
      String clientId,
      String table,
      String what,
      @Nullable String expected,
      @Nullable String found,
      @Nullable String statement) {
    Drift(
        String clientId,
        String table,
        String what,
        @Nullable String expected,
        @Nullable String found) {
      this(clientId, table, what, expected, found, null);
    }
  }

  /**
   * What was found.
   *
   * @param verified clients that could be compared
   * @param drifted how many of these differ
   * @param drifts by client and table
   * @param notVerified why other clients could not be compared, by client
   * @param behind clients that lack migrations, which is no drift
   */
  public record Report(
      int verified,
      int drifted,
      List<Drift> drifts,
      Map<String, String> notVerified,
      List<String> behind) {}

  /**
   * A migration as one client has it.
   *
   * @param statements how many of it have run; -1: all
   */
  private record Part(String sql, int statements) {}

  /** What clients that should be alike have in common. */
  private record Recipe(String target, Retention retention, List<Part> parts) {}

  private record Checked(List<Drift> drifts, Map<String, String> failures) {}

  /** Does not own what it is given. */
  public SchemaVerifier(DataSource metadata, ClickHouseTargets targets, Migrations migrations) {
    this.metadata = metadata;
    this.targets = targets;
    this.migrations = migrations;
  }

  /**
   * Compares.
   *
   * @param clientIds only these; empty: all that are active or suspended
   * @param parallelism groups of clients that should be alike, at once
   * @throws UnknownClientException if a named client is not there
   * @throws SQLException if PostgreSQL does not answer
   */
  public Report verify(List<String> clientIds, int parallelism)
      throws SQLException, UnknownClientException {
    List<ClientSchemas.Client> clients = ClientSchemas.read(metadata).only(clientIds).clients();
    Map<String, String> failures = new TreeMap<>();
    Map<Recipe, List<ClientSchemas.Client>> groups = groups(clients, failures);
    Set<String> taken = databases();
    Halt halt = new Halt();
    for (String target : new TreeSet<>(groups.keySet().stream().map(Recipe::target).toList())) {
      sweep(target, taken, halt);
    }
    List<Drift> drifts = new ArrayList<>();
    for (Checked checked :
        Parallel.map(
            groups.entrySet(),
            parallelism,
            group -> check(group.getKey(), group.getValue(), taken, halt))) {
      drifts.addAll(checked.drifts);
      failures.putAll(checked.failures);
    }
    drifts.sort(Comparator.comparing(Drift::clientId).thenComparing(Drift::table));
    int drifted = (int) drifts.stream().map(Drift::clientId).distinct().count();
    return new Report(clients.size() - failures.size(), drifted, drifts, failures, behind(clients));
  }

  private Map<Recipe, List<ClientSchemas.Client>> groups(
      List<ClientSchemas.Client> clients, Map<String, String> failures) throws SQLException {
    Map<String, String> files = new HashMap<>();
    migrations.common().forEach(file -> files.put(file.checksum(), file.sql()));
    migrations.byClient().values().stream()
        .flatMap(List::stream)
        .forEach(file -> files.put(file.checksum(), file.sql()));
    Pending.Texts kept = Pending.Texts.of(metadata);
    Map<Recipe, List<ClientSchemas.Client>> groups = new LinkedHashMap<>();
    for (ClientSchemas.Client client : clients) {
      List<Part> parts = new ArrayList<>();
      String odd = ClientRules.databaseProblem(client.place().database());
      if (odd != null) {
        failures.put(client.clientId(), odd);
      }
      for (SchemaVersions.Row row : client.rows()) {
        String sql = files.get(row.checksum());
        sql = sql == null ? kept.of(row.checksum()) : sql;
        if (sql == null) {
          failures.put(
              client.clientId(), "the text of " + row.label() + " as it was applied is not known");
        } else {
          parts.add(new Part(sql, row.outcome() == Outcome.APPLIED ? -1 : row.done()));
        }
      }
      if (!failures.containsKey(client.clientId())) {
        groups
            .computeIfAbsent(
                new Recipe(client.target(), client.place().retention(), List.copyOf(parts)),
                recipe -> new ArrayList<>())
            .add(client);
      }
    }
    return groups;
  }

  private List<String> behind(List<ClientSchemas.Client> clients) throws SQLException {
    List<String> behind = new ArrayList<>();
    for (ClientSchemas.Client client : clients) {
      try {
        if (!Pending.of(migrations.of(client.clientId()), client.rows(), checksum -> null, true)
            .isEmpty()) {
          behind.add(client.clientId());
        }
      } catch (MigrationFailed e) {
        behind.add(client.clientId());
      }
    }
    return behind;
  }

  /** Databases of all clients, whatever their status: none of them is ever taken for a scratch. */
  private Set<String> databases() throws SQLException {
    try (Connection connection = metadata.getConnection()) {
      return Set.copyOf(ClientsTable.databases(connection).values());
    }
  }

  private void sweep(String target, Set<String> taken, Halt halt) {
    try (ScratchDatabase.Session session = ScratchDatabase.connect(targets.get(target))) {
      session.sweep(taken);
    } catch (StepFailed | SQLException e) {
      // The check of this target's clients fails by the same, and tells.
      if (ClickHouseServer.isDown(e)) {
        halt.target(target, "ClickHouse: " + StepFailed.firstLine(e));
      }
    }
  }

  private Checked check(
      Recipe recipe, List<ClientSchemas.Client> clients, Set<String> taken, Halt halt) {
    String why = halt.why(recipe.target);
    if (why != null) {
      return failed(clients, why);
    }
    try {
      ClickHouseServer server = targets.get(recipe.target);
      try (ScratchDatabase.Session session = ScratchDatabase.connect(server);
          ScratchDatabase scratch = session.create(taken)) {
        apply(recipe, server, scratch);
        return compare(session, server, scratch, clients);
      }
    } catch (StepFailed e) {
      return failed(clients, e.reason());
    } catch (IllegalArgumentException e) {
      return failed(clients, String.valueOf(e.getMessage()));
    } catch (SQLException e) {
      String reason = "ClickHouse: " + StepFailed.firstLine(e);
      if (ClickHouseServer.isDown(e)) {
        halt.target(recipe.target, reason);
      }
      return failed(clients, reason);
    }
  }

  private static void apply(Recipe recipe, ClickHouseServer server, ScratchDatabase scratch)
      throws SQLException {
    Map<String, String> placeholders = server.placeholders(scratch.name(), recipe.retention);
    for (Part part : recipe.parts) {
      List<String> statements = SqlScript.statements(SqlScript.fill(part.sql, placeholders));
      int end = part.statements < 0 ? statements.size() : part.statements;
      for (String statement : statements.subList(0, Math.min(end, statements.size()))) {
        scratch.execute(statement);
      }
    }
  }

  private static Checked compare(
      ScratchDatabase.Session session,
      ClickHouseServer server,
      ScratchDatabase scratch,
      List<ClientSchemas.Client> clients)
      throws SQLException {
    LiveSchema model = LiveSchema.read(session.connection(), List.of(scratch.name()));
    Map<String, TableSchema> expected = model.tables(scratch.name());
    List<Drift> drifts = new ArrayList<>();
    for (int from = 0; from < clients.size(); from += DATABASES_PER_QUERY) {
      List<ClientSchemas.Client> some =
          clients.subList(from, Math.min(clients.size(), from + DATABASES_PER_QUERY));
      LiveSchema live =
          LiveSchema.read(
              session.connection(),
              some.stream().map(client -> client.place().database()).toList());
      for (ClientSchemas.Client client : some) {
        Missing missing = new Missing(model, scratch.name(), server, client.place().database());
        compare(client, expected, live, missing, drifts);
      }
    }
    return new Checked(drifts, Map.of());
  }

  private static void compare(
      ClientSchemas.Client client,
      Map<String, TableSchema> expected,
      LiveSchema live,
      Missing missing,
      List<Drift> drifts) {
    String id = client.clientId();
    String database = client.place().database();
    if (!live.hasDatabase(database)) {
      drifts.add(new Drift(id, "", "database", database, null, missing.makeDatabase()));
    }
    Map<String, TableSchema> found = live.tables(database);
    var names = new TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      TableSchema one = expected.get(name);
      TableSchema other = found.get(name);
      if (one == null) {
        drifts.add(new Drift(id, name, "table", null, other == null ? "" : other.engine()));
      } else if (other == null) {
        drifts.add(new Drift(id, name, "table", one.engine(), null, missing.makeTable(name)));
      } else {
        one.differences(other)
            .forEach(difference ->
                drifts.add(
                    new Drift(
                        id,
                        name,
                        difference.what(),
                        difference.expected(),
                        difference.found(),
                        missing.makeColumn(name, one, difference))));
      }
    }
  }

  private static Checked failed(List<ClientSchemas.Client> clients, String reason) {
    Map<String, String> failures = new TreeMap<>();
    clients.forEach(client -> failures.put(client.clientId(), reason));
    return new Checked(List.of(), failures);
  }
}
