package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.TargetTable;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ClientListStatistics.OfTarget;
import io.penstock.provisioning.client.ClientListStatistics.Stored;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientListIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void clientsAreFoundByStatusTargetAndPartOfNameOrId() throws Exception {
    create("Listed Ünit One", "listed-1", true);
    create("Listed Two", "listed-2", false);

    assertThat(ids(null, null, "LISTED")).containsExactly("listed-1", "listed-2");
    assertThat(ids(null, null, "sted-1")).containsExactly("listed-1");
    assertThat(ids(ClientStatus.PENDING, null, "listed")).containsExactly("listed-2");
    assertThat(ids(null, "default", "listed")).hasSize(2);
    assertThat(ids(null, "elsewhere", "listed")).isEmpty();
    assertThat(ids(null, null, "%")).isEmpty();
    assertThat(ids(null, null, null)).contains("listed-1", "listed-2");
  }

  @Test
  void rowTellsValidKeysAndSchemaVersion() throws Exception {
    create("Keyed", "keyed", true);
    metadata.execute(
        """
        INSERT INTO api_keys (client_id, api_key_hash, created_at, expires_at, revoked_at) VALUES
          ('keyed', repeat('a', 64), now() - interval '2 days', now() - interval '1 day', NULL),
          ('keyed', repeat('b', 64), now() - interval '2 days', NULL, now()),
          ('keyed', repeat('c', 64), now(), now() + interval '1 day', NULL)\
        """);

    ClientList.Row row = list(null, null, "keyed").getFirst();

    assertThat(row.validKeys()).isEqualTo(2);
    assertThat(row.keys()).isEqualTo(4);
    assertThat(row.schemaVersion()).isNotNull();
    create("Unkeyed", "not-made", false);
    assertThat(list(null, null, "not-made").getFirst().schemaVersion()).isNull();
  }

  @Test
  void statisticsAreWhatTheTablesHold() throws Exception {
    create("Counted", "counted", true);
    create("Counted empty", "counted-empty", true);
    Instant last = Instant.now().minus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS);
    insert("client_counted", 70, last.minus(Duration.ofDays(1)));
    insert("client_counted", 7, last);
    insert("client_counted", 5, last.minus(Duration.ofDays(30)));

    OfTarget said =
        Objects.requireNonNull(
            ClientListStatistics.read(app.targets(), list(null, null, "counted"), PATIENCE)
                .get("default"));

    assertThat(said.problem()).isNull();
    assertThat(said.byDatabase())
        .containsExactlyEntriesOf(Map.of("client_counted", new Stored(82, 11.0, last)));
  }

  @Test
  void targetThatHangsOrIsNotIsAProblemOfItsOwnAndOfNoOther() throws Exception {
    create("Placed", "placed", true);
    ClientList.Row here = list(null, null, "placed").getFirst();
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      URI url = URI.create("http://127.0.0.1:" + silent.getLocalPort());
      ClickHouseTargets targets =
          new ClickHouseTargets(
              new TargetTable(
                  metadata.clickHouse,
                  List.of(
                      new TargetTable.Usable(
                          "hanging",
                          new ClickHouseConfig(url, "default", Secret.of(""), null, null)),
                      new TargetTable.Unusable("locked", "PASSWORD is not set here"))));

      Map<String, OfTarget> said =
          ClientListStatistics.read(
              targets,
              List.of(here, on(here, "hanging"), on(here, "locked"), on(here, "mars")),
              Duration.ofSeconds(3));

      assertThat(said.keySet()).containsExactly("default", "hanging", "locked", "mars");
      assertThat(problem(said, "default")).isEqualTo("null");
      assertThat(problem(said, "hanging")).isEqualTo("no answer within 3 s");
      assertThat(problem(said, "locked")).contains("PASSWORD is not set here");
      assertThat(problem(said, "mars")).contains("there is no ClickHouse target \"mars\"");
    }
  }

  private static String problem(Map<String, OfTarget> said, String target) {
    OfTarget one = said.get(target);
    return String.valueOf(one == null ? "not asked" : one.problem());
  }

  private static ClientList.Row on(ClientList.Row row, String target) {
    ClientRow one = row.summary();
    return new ClientList.Row(
        new ClientRow(
            one.clientId(),
            one.name(),
            one.status(),
            one.database(),
            target,
            one.retention(),
            one.maxEventsPerMinute(),
            one.createdAt(),
            one.updatedAt(),
            one.provisionedAt(),
            one.deprovisionAt(),
            one.dropStartedAt()),
        row.validKeys(),
        row.keys(),
        row.schemaVersion());
  }

  private List<ClientList.Row> list(
      @Nullable ClientStatus status, @Nullable String target, @Nullable String part)
      throws Exception {
    return ClientList.read(app.tools().metadata(), new ClientList.Filter(status, target, part));
  }

  private List<String> ids(
      @Nullable ClientStatus status, @Nullable String target, @Nullable String part)
      throws Exception {
    return list(status, target, part).stream().map(row -> row.summary().clientId()).toList();
  }

  private void create(String name, String id, boolean provision) throws Exception {
    var _ = app.registry().create(NewClient.of(name, id));
    if (provision) {
      var _ = app.provisioner(Migration.folder(Metadata.HOME)).provision(id);
    }
  }

  private void insert(String database, int rows, Instant last) throws Exception {
    try (var connection = new ClickHouseServer(metadata.clickHouse).connect();
        var statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO %s.events_base (event_id, event_name, event_time, received_at) SELECT generateUUIDv4(), 'x', fromUnixTimestamp64Milli(toInt64(%d) - number * 1000, 'UTC'), now64(3) FROM numbers(%d)"
              .formatted(database, last.toEpochMilli(), rows));
    }
  }
}
