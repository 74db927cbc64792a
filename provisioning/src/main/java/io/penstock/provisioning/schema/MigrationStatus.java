package io.penstock.provisioning.schema;

import io.penstock.core.metadata.ClientsTable;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Which migrations each client has and lacks. Two queries to PostgreSQL; ClickHouse is not asked.
 *
 * @param newest the version that every client should have
 * @param clients how many there are
 * @param behind how many are not up to date
 * @param byVersion how many are at which version
 * @param states one by one, by id
 * @param warnings about the files
 */
public record MigrationStatus(
    int newest,
    int clients,
    long behind,
    SortedMap<Integer, Integer> byVersion,
    List<Client> states,
    List<String> warnings) {
  /** Counts the clients. */
  public static MigrationStatus of(int newest, List<Client> states, List<String> warnings) {
    SortedMap<Integer, Integer> byVersion = new TreeMap<>();
    states.forEach(client -> byVersion.merge(client.version(), 1, Integer::sum));
    long behind = states.stream().filter(client -> !client.upToDate()).count();
    return new MigrationStatus(newest, states.size(), behind, byVersion, states, warnings);
  }

  /**
   * One client.
   *
   * @param version the newest migration for all that it has; 0: none
   * @param own how many of its own it has
   * @param pending labels of what it lacks, in order
   * @param halted the migration that failed or was interrupted, with how far it came; null: none
   * @param problem why a run would refuse it; null: it would not
   */
  public record Client(
      String clientId,
      String status,
      int version,
      int own,
      List<String> pending,
      @Nullable String halted,
      @Nullable String problem) {
    /** Whether it has all that it should. */
    public boolean upToDate() {
      return pending.isEmpty() && problem == null;
    }
  }

  /**
   * Reads where the clients stand.
   *
   * @param clientIds only these; empty: all that are active or suspended
   * @throws UnknownClientException if a named client is not there
   * @throws SQLException if PostgreSQL does not answer
   */
  public static MigrationStatus read(
      DataSource metadata, Migrations migrations, List<String> clientIds)
      throws SQLException, UnknownClientException {
    ClientSchemas schemas = ClientSchemas.read(metadata).only(clientIds);
    Pending.Texts texts = Pending.Texts.of(metadata);
    List<Client> clients = new ArrayList<>();
    for (ClientSchemas.Client client : schemas.clients()) {
      clients.add(client(client, migrations, texts));
    }
    return of(migrations.newest(), clients, warnings(metadata, migrations));
  }

  private static Client client(
      ClientSchemas.Client client, Migrations migrations, Pending.Texts texts) throws SQLException {
    List<String> pending = List.of();
    String problem = null;
    try {
      pending =
          Pending.of(migrations.of(client.clientId()), client.rows(), texts, false).stream()
              .map(one -> one.migration().label())
              .toList();
    } catch (MigrationFailed e) {
      problem = e.reason();
    }
    String halted =
        client.rows().stream()
            .filter(row -> row.outcome() != Outcome.APPLIED)
            .map(row ->
                "%s %s statement %d"
                    .formatted(
                        row.scope().label(row.version()),
                        row.outcome() == Outcome.FAILED ? "failed at" : "was interrupted before",
                        row.done() + 1))
            .findFirst()
            .orElse(null);
    long own =
        client.rows().stream()
            .filter(row -> row.scope() == Migration.Scope.CLIENT)
            .filter(row -> row.outcome() == Outcome.APPLIED)
            .count();
    return new Client(
        client.clientId(),
        client.status().text(),
        client.version(),
        (int) own,
        pending,
        halted,
        problem);
  }

  private static List<String> warnings(DataSource metadata, Migrations migrations)
      throws SQLException {
    Set<String> strangers = new TreeSet<>(migrations.clientFolders());
    if (strangers.isEmpty()) {
      return List.of();
    }
    try (Connection connection = metadata.getConnection()) {
      strangers.removeAll(ClientsTable.databases(connection).keySet());
    }
    return strangers.stream()
        .map(name -> "clickhouse/migrations/clients/" + name + ": there is no client of this id")
        .toList();
  }
}
