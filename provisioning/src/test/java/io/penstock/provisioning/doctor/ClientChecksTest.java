package io.penstock.provisioning.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable.WithKeys;
import io.penstock.provisioning.doctor.ClickHouseFacts.EventsTable;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import io.penstock.provisioning.schema.SchemaVersions.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientChecksTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant LONG_AGO = NOW.minus(Duration.ofDays(100));
  private static final ApiKey FOR_EVER = key("for ever", null);

  private final List<WithKeys> clients = new ArrayList<>();
  private final Map<String, List<Row>> applied = new TreeMap<>();
  private final Map<String, ClickHouseFacts> targets = new TreeMap<>();
  private Set<String> targetNames = Set.of("default", "silent");
  private RedisLook.@Nullable Comparison redis = new RedisLook.Comparison(List.of(), List.of());
  private List<Migration> migrations = List.of();

  @Test
  void clientsThatAgreeEverywhereAreFine() {
    client("a", ClientStatus.ACTIVE, FOR_EVER);
    client("b", ClientStatus.SUSPENDED);
    target("default", Set.of("client_a", "client_b"), Set.of("client_a", "client_b"));

    assertThat(judge()).allSatisfy(one -> assertThat(one.level()).isEqualTo(Level.OK));
    assertThat(judge().getFirst().what()).isEqualTo("1 active, 1 suspended");
  }

  @Test
  void missingDatabaseAndMissingTableAreErrorsOfTheirClients() {
    client("gone", ClientStatus.ACTIVE, FOR_EVER);
    client("bare", ClientStatus.ACTIVE, FOR_EVER);
    client("pending", ClientStatus.PENDING);
    target("default", Set.of("client_bare"), Set.of());

    List<Finding> findings = judge();

    assertThat(only(findings, "have no database any more").subjects()).containsExactly("gone");
    Finding bare = only(findings, "without the table events_base");
    assertThat(bare.subjects()).containsExactly("bare");
    assertThat(bare.remedy()).contains("./penstock migrate repair --client bare");
  }

  @Test
  void clientsOfATargetThatDoesNotAnswerAreNotCompared() {
    clients.add(at("x", "silent", ClientStatus.ACTIVE));
    target("default", Set.of(), Set.of());

    assertThat(judge()).noneMatch(one -> one.what().contains("no database"));
  }

  @Test
  void strayDatabasesAndThoseOfTheDeprovisionedAreTold() {
    client("former", ClientStatus.DEPROVISIONED);
    clients.add(at("moved", "eu", ClientStatus.ACTIVE));
    targetNames = Set.of("default", "eu");
    target(
        "default",
        Set.of("client_former", "client_nobody", "odd", "other", "client_moved"),
        Set.of("odd"));
    target("eu", Set.of("client_moved"), Set.of("client_moved"));

    List<Finding> findings = judge();

    assertThat(only(findings, "belong to none").subjects())
        .containsExactly("client_nobody on default", "odd on default");
    assertThat(only(findings, "still there").subjects()).containsExactly("former");
    assertThat(only(findings, "on a second target too").subjects())
        .containsExactly("client_moved on default (client moved is on eu)");
  }

  @Test
  void aClientMayNotHaveTheLedgersDatabase() {
    client("books", ClientStatus.ACTIVE, FOR_EVER);
    client("other", ClientStatus.ACTIVE, FOR_EVER);
    target(
        "default", Set.of("client_books", "client_other"), Set.of("client_books", "client_other"));

    Finding finding = only(judge(), "the ledger's table stands in a client's database");
    assertThat(finding.level()).isEqualTo(Level.ERROR);
    assertThat(finding.subjects()).containsExactly("books");
  }

  @Test
  void targetThatIsNotIsAnErrorOfItsClients() {
    clients.add(at("lost", "mars", ClientStatus.PENDING));

    Finding finding = only(judge(), "target \"mars\", which there is not");
    assertThat(finding.level()).isEqualTo(Level.ERROR);
    assertThat(finding.subjects()).containsExactly("lost");
  }

  @Test
  void redisThatDisagreesIsAWarningAndOneThatIsSilentANote() {
    redis = new RedisLook.Comparison(List.of("a"), List.of("b"));
    assertThat(only(judge(), "Redis holds something else").remedy())
        .startsWith("./penstock clients provision --client a");
    assertThat(only(judge(), "not signed with this secret").subjects()).containsExactly("b");

    redis = null;
    assertThat(only(judge(), "not compared with Redis").level()).isEqualTo(Level.NOTE);
  }

  @Test
  void whatWaitsForSomebodyIsTold() {
    client("waiting", ClientStatus.PENDING);
    clients.add(
        client(
            "over", "default", ClientStatus.DEPROVISIONING, LONG_AGO, NOW.minusSeconds(1), null));
    clients.add(
        client(
            "graced", "default", ClientStatus.DEPROVISIONING, LONG_AGO, NOW.plusSeconds(9), null));
    clients.add(
        client(
            "stuck",
            "default",
            ClientStatus.DEPROVISIONING,
            LONG_AGO,
            LONG_AGO,
            NOW.minus(Duration.ofHours(2))));

    List<Finding> findings = judge();

    assertThat(only(findings, "pending for more than an hour").subjects())
        .containsExactly("waiting");
    Finding over = only(findings, "grace period");
    assertThat(over.subjects()).containsExactly("over");
    assertThat(over.remedy()).isEqualTo("./penstock clients deprovision --due");
    assertThat(only(findings, "did not end").subjects()).containsExactly("stuck");
  }

  @Test
  void keysThatAreNoneOrEndSoonAreTold() {
    client("none", ClientStatus.ACTIVE, key("expired", NOW.minusSeconds(1)));
    client(
        "revoked",
        ClientStatus.ACTIVE,
        new ApiKey(ApiKeyHash.ofKey("r"), LONG_AGO, null, LONG_AGO));
    client("last", ClientStatus.ACTIVE, key("soon", NOW.plus(Duration.ofDays(6))));
    client("rotating", ClientStatus.ACTIVE, key("soon", NOW.plus(Duration.ofDays(6))), FOR_EVER);
    client("later", ClientStatus.ACTIVE, key("later", NOW.plus(Duration.ofDays(8))));
    client("idle", ClientStatus.SUSPENDED);

    List<Finding> findings = judge();

    assertThat(only(findings, "no valid key").subjects()).containsExactly("none", "revoked");
    assertThat(only(findings, "the last valid key").subjects()).containsExactly("last");
    assertThat(only(findings, "others stay valid").subjects()).containsExactly("rotating");
    assertThat(only(findings, "others stay valid").level()).isEqualTo(Level.NOTE);
  }

  @Test
  void migrationsThatAreMissingFailedInterruptedOrEditedAreTold() {
    migrations =
        List.of(
            new Migration(Migration.Scope.ALL, 1, "events base", "V001.sql", "", "aa"),
            new Migration(Migration.Scope.ALL, 2, "more", "V002.sql", "", "bb"));
    for (String id : List.of("lacks", "failed", "running", "edited")) {
      client(id, ClientStatus.ACTIVE, FOR_EVER);
      applied(id, Migration.Scope.ALL, 1, id.equals("edited") ? "xx" : "aa", Outcome.APPLIED);
    }
    client("pending", ClientStatus.PENDING);
    applied("failed", Migration.Scope.ALL, 2, "bb", Outcome.FAILED);
    applied("running", Migration.Scope.ALL, 2, "bb", Outcome.RUNNING);
    applied("edited", Migration.Scope.ALL, 2, "bb", Outcome.APPLIED);
    applied("lacks", Migration.Scope.CLIENT, 2, "bb", Outcome.APPLIED);

    List<Finding> findings = judge();

    assertThat(only(findings, "clients lack migration 2 (more)").subjects())
        .containsExactly("lacks");
    assertThat(only(findings, "migrations failed").subjects())
        .containsExactly("failed: migration 2");
    assertThat(only(findings, "did not end").subjects()).containsExactly("running: migration 2");
    assertThat(only(findings, "another text of migration 1").subjects()).containsExactly("edited");
  }

  private List<Finding> judge() {
    return ClientChecks.judge(
        new ClientsView(
            new PostgresFacts.Metadata(NOW, clients, applied, List.of()),
            targets,
            targetNames,
            redis,
            "client_books",
            migrations,
            Map.of()));
  }

  private static Finding only(List<Finding> findings, String text) {
    List<Finding> found = new ArrayList<>(findings);
    found.removeIf(one -> !one.what().contains(text));
    assertThat(found).as(text).hasSize(1);
    return found.getFirst();
  }

  private void applied(
      String id, Migration.Scope scope, int version, String checksum, Outcome outcome) {
    applied
        .computeIfAbsent(id, _ -> new ArrayList<>())
        .add(new Row(id, scope, version, "", checksum, outcome, 1, LONG_AGO));
  }

  private void client(String id, ClientStatus status, ApiKey... keys) {
    clients.add(client(id, "default", status, LONG_AGO, null, null, keys));
  }

  private static WithKeys at(String id, String target, ClientStatus status) {
    return client(id, target, status, NOW, null, null, FOR_EVER);
  }

  private static WithKeys client(
      String id,
      String target,
      ClientStatus status,
      Instant createdAt,
      @Nullable Instant deprovisionAt,
      @Nullable Instant dropStartedAt,
      ApiKey... keys) {
    return new WithKeys(
        new ClientRow(
            id,
            id.toUpperCase(Locale.ROOT),
            status,
            "client_" + id,
            target,
            Retention.DEFAULT,
            null,
            createdAt,
            createdAt,
            null,
            deprovisionAt,
            dropStartedAt),
        List.of(keys));
  }

  private static ApiKey key(String key, @Nullable Instant expires) {
    return new ApiKey(ApiKeyHash.ofKey(key), LONG_AGO, expires, null);
  }

  private void target(String name, Set<String> databases, Set<String> withEvents) {
    targets.put(
        name,
        new ClickHouseFacts(
            "26.7.2.1",
            new ClockReading(NOW, NOW, NOW),
            List.of(),
            true,
            false,
            Map.of(),
            new TreeSet<>(databases),
            0,
            withEvents.stream()
                .map(database -> new EventsTable(database, "ReplacingMergeTree", ""))
                .toList(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            ClickHouseFacts.Damage.NONE,
            List.of()));
  }
}
