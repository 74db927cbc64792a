package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClientDirectoryConfig;
import io.penstock.core.directory.ClientDirectory;
import io.penstock.core.metrics.Meters;
import io.penstock.provisioning.Eventually;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.schema.Migration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvisionerIT {
  private static final Path MIGRATIONS = Metadata.HOME.resolve("clickhouse").resolve("migrations");

  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();

  @TempDir Path folder;

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void createdClientBecomesActiveWithItsTablesAndRepeatingChangesNothing() throws Exception {
    CreateOutcome.Created created = create("Acme Airlines", "acme-airlines");
    Provisioner provisioner = app.provisioner(MIGRATIONS);

    int migrations = Migration.load(MIGRATIONS).size();
    ProvisionOutcome first = provisioner.provision("acme-airlines");
    ProvisionOutcome second = provisioner.provision("acme-airlines");

    assertThat(first)
        .isInstanceOfSatisfying(
            ProvisionOutcome.Provisioned.class,
            done -> {
              assertThat(done.database()).isEqualTo("client_acme_airlines");
              assertThat(done.migrations()).isEqualTo(migrations);
              assertThat(done.announcement().warning()).isNull();
            });
    assertThat(second)
        .isEqualTo(new ProvisionOutcome.Unchanged("acme-airlines", "is active", true));
    ClientDetails details = app.registry().show("acme-airlines").orElseThrow();
    assertThat(details.summary().status()).isEqualTo(ClientStatus.ACTIVE);
    assertThat(details.migrations())
        .allSatisfy(applied -> assertThat(applied.outcome()).isEqualTo("applied"))
        .first()
        .extracting(ClientDetails.Applied::description)
        .isEqualTo("events base");
    assertThat(details.audit())
        .extracting(ClientDetails.Audit::action)
        .containsExactly("client.provisioned", "client.created");
    assertThat(details.keys())
        .singleElement()
        .extracting(ClientDetails.Key::fingerprint)
        .isEqualTo(created.apiKeyHash().toHex().substring(0, 8));
    assertThat(
            metadata.askClickHouse(
                "SELECT name FROM system.tables WHERE database = 'client_acme_airlines' ORDER BY name"))
        .containsExactly("events", "events_base");
  }

  @Test
  void onlyTheHashOfAKeyIsKept() throws Exception {
    CreateOutcome.Created created = create("Hashed", "hashed");

    assertThat(created.apiKeyHash()).isEqualTo(ApiKeyHash.ofKey(created.apiKey().reveal()));
    assertThat(metadata.ask("SELECT api_key_hash FROM api_keys WHERE client_id = 'hashed'"))
        .containsExactly(created.apiKeyHash().toHex());
    assertThat(created.toString())
        .doesNotContain(created.apiKey().reveal(), created.apiKeyHash().toHex());
  }

  @Test
  void keyWithALifetimeExpires() throws Exception {
    app.registry()
        .create(
            new NewClient(
                "Brief",
                "brief",
                null,
                "default",
                new Retention(7, Retention.From.EVENT_TIME),
                null,
                Duration.ofDays(2)));

    assertThat(
            metadata.ask("SELECT expires_at - created_at FROM api_keys WHERE client_id = 'brief'"))
        .containsExactly("2 days");
  }

  @Test
  void clientInsertedByPlainSqlIsProvisionedToo() throws Exception {
    metadata.execute(
        "INSERT INTO clients (client_id, name, ch_database_name) VALUES ('by-hand', 'By hand', 'by_hand')");

    List<ProvisionOutcome> outcomes =
        app.provisioner(MIGRATIONS).provisionPending(4, outcome -> {});

    assertThat(outcomes)
        .anyMatch(o -> o instanceof ProvisionOutcome.Provisioned && o.clientId().equals("by-hand"));
    assertThat(
            metadata.askClickHouse(
                "SELECT engine FROM system.tables WHERE database = 'by_hand' AND name = 'events_base'"))
        .containsExactly("ReplacingMergeTree");
  }

  @Test
  void failureHalfWayLeavesTheClientPendingAndTheNextRunCompletesIt() throws Exception {
    create("Halfway", "halfway");
    Files.copy(
        MIGRATIONS.resolve("V001__events_base.sql"), folder.resolve("V001__events_base.sql"));
    Path second = folder.resolve("V002__more.sql");
    Files.writeString(
        second,
        "CREATE TABLE IF NOT EXISTS ${database}.a (x Int8) ENGINE = Memory;"
            + " CREATE TABLE IF NOT EXISTS ${database}.b (x Nonsense) ENGINE = Memory");

    ProvisionOutcome failed = app.provisioner(folder).provision("halfway");

    assertThat(failed)
        .isInstanceOfSatisfying(
            ProvisionOutcome.Failed.class,
            outcome ->
                assertThat(outcome.reason())
                    .contains("migration 2, statement 2 of 2")
                    .contains("Nonsense"));
    ClientDetails details = app.registry().show("halfway").orElseThrow();
    assertThat(details.summary().status()).isEqualTo(ClientStatus.PENDING);
    assertThat(details.migrations())
        .extracting(ClientDetails.Applied::outcome)
        .containsExactly("applied", "failed");
    assertThat(details.audit().getFirst().action()).isEqualTo("client.provision-failed");
    assertThat(details.audit().getFirst().detail()).contains("Nonsense");

    Files.writeString(
        second,
        "CREATE TABLE IF NOT EXISTS ${database}.a (x Int8) ENGINE = Memory;"
            + " CREATE TABLE IF NOT EXISTS ${database}.b (x Int8) ENGINE = Memory");
    ProvisionOutcome completed = app.provisioner(folder).provision("halfway");

    assertThat(completed)
        .isInstanceOfSatisfying(
            ProvisionOutcome.Provisioned.class, done -> assertThat(done.migrations()).isEqualTo(1));
    assertThat(app.registry().show("halfway").orElseThrow().migrations())
        .extracting(ClientDetails.Applied::outcome)
        .containsExactly("applied", "applied");
  }

  @Test
  void anotherDatabaseHalfWayIsProvisionedFromTheBeginning() throws Exception {
    create("Moved on", "moved-on");
    Files.copy(
        MIGRATIONS.resolve("V001__events_base.sql"), folder.resolve("V001__events_base.sql"));
    Files.writeString(
        folder.resolve("V002__bad.sql"),
        "CREATE TABLE IF NOT EXISTS ${database}.b (x Nonsense) ENGINE = Memory");
    assertThat(app.provisioner(folder).provision("moved-on"))
        .isInstanceOf(ProvisionOutcome.Failed.class);

    var _ =
        app.lifecycle()
            .set("moved-on", new ClientChange(null, "elsewhere", null, null, null, null));

    assertThat(app.registry().show("moved-on").orElseThrow().migrations()).isEmpty();
    assertThat(app.provisioner(MIGRATIONS).provision("moved-on"))
        .isInstanceOf(ProvisionOutcome.Provisioned.class);
    assertThat(
            metadata.askClickHouse(
                "SELECT name FROM system.tables WHERE database = 'elsewhere' ORDER BY name"))
        .containsExactly("events", "events_base");
  }

  @Test
  void appliedMigrationMustNotChangeItsText() throws Exception {
    create("Drifted", "drifted");
    Files.writeString(folder.resolve("V001__a.sql"), "SELECT 1");
    Files.writeString(folder.resolve("V002__b.sql"), "SELECT nonsense");
    app.provisioner(folder).provision("drifted");
    Files.writeString(folder.resolve("V001__a.sql"), "SELECT 2");

    ProvisionOutcome outcome = app.provisioner(folder).provision("drifted");

    assertThat(outcome)
        .isEqualTo(
            new ProvisionOutcome.Failed(
                "drifted",
                "V001__a.sql was applied with another text; put it back, and put changes into a new migration."
                    + " Since then:\n@@ line 1 @@\n-SELECT 1\n+SELECT 2"));
    metadata.execute("UPDATE clients SET status = 'deprovisioning' WHERE client_id = 'drifted'");
  }

  /** What stands there would go with the client, and its reader would see it. */
  @Test
  void theLedgersDatabaseIsNoClients() throws Exception {
    metadata.execute(
        "INSERT INTO clients (client_id, name, ch_database_name) VALUES ('greedy', 'Greedy', '%s')"
            .formatted(Metadata.LEDGER));

    assertThat(app.provisioner(MIGRATIONS).provision("greedy"))
        .isEqualTo(
            new ProvisionOutcome.Failed(
                "greedy",
                "its database penstock is the ledger's: clients set greedy --database NAME gives it another"));
    metadata.execute("UPDATE clients SET ch_database_name = 'greedy' WHERE client_id = 'greedy'");
    assertThat(app.provisioner(MIGRATIONS).provision("greedy"))
        .isInstanceOf(ProvisionOutcome.Provisioned.class);
  }

  @Test
  void unreachableAndUnknownTargetsLeaveTheClientPendingWithTheReason() throws Exception {
    create("Unreached", "unreached");
    metadata.execute(
        "INSERT INTO targets (name, url) VALUES ('nowhere', 'http://127.0.0.1:1') ON CONFLICT DO NOTHING");
    metadata.execute("UPDATE clients SET ch_target = 'nowhere' WHERE client_id = 'unreached'");

    assertThat(app.provisioner(MIGRATIONS).provision("unreached"))
        .isInstanceOfSatisfying(
            ProvisionOutcome.Failed.class,
            failed -> assertThat(failed.reason()).contains("create the database"));
    assertThat(app.registry().show("unreached").orElseThrow().summary().status())
        .isEqualTo(ClientStatus.PENDING);

    metadata.execute("UPDATE clients SET ch_target = 'elsewhere' WHERE client_id = 'unreached'");
    assertThat(app.provisioner(MIGRATIONS).provision("unreached"))
        .isInstanceOfSatisfying(
            ProvisionOutcome.Failed.class,
            failed ->
                assertThat(failed.reason())
                    .startsWith(
                        "there is no ClickHouse target \"elsewhere\"; there is \"default\""));
    metadata.execute("UPDATE clients SET status = 'deprovisioning' WHERE client_id = 'unreached'");
  }

  @Test
  void namesThatWouldBreakOutOfAStatementAreRefused() throws Exception {
    for (NewClient hostile :
        List.of(
            NewClient.of("x; DROP DATABASE y", "fine"),
            NewClient.of("fine", "x; DROP DATABASE y"),
            new NewClient(
                "fine",
                "fine",
                "x; DROP DATABASE y",
                "default",
                new Retention(1, Retention.From.EVENT_TIME),
                null,
                null),
            new NewClient(
                "fine",
                "fine",
                "x`; DROP DATABASE y",
                "default",
                new Retention(1, Retention.From.EVENT_TIME),
                null,
                null))) {
      assertThat(app.registry().create(hostile)).isInstanceOf(CreateOutcome.Invalid.class);
    }
    assertThat(app.registry().show("fine")).isEmpty();
  }

  @Test
  void takenNamesAreToldApart() throws Exception {
    create("Taken", "taken");

    assertThat(app.registry().create(NewClient.of("Other", "taken")))
        .isEqualTo(
            new CreateOutcome.Taken("Another client has the id \"taken\"; choose one with --id."));
    assertThat(app.registry().create(NewClient.of("Taken", "other")))
        .isEqualTo(
            new CreateOutcome.Taken(
                "Another client is named \"Taken\"; choose another with --name."));
    assertThat(
            app.registry()
                .create(
                    new NewClient(
                        "Third",
                        "third",
                        "client_taken",
                        "default",
                        new Retention(1, Retention.From.EVENT_TIME),
                        null,
                        null)))
        .isEqualTo(
            new CreateOutcome.Taken(
                "Another client has the database \"client_taken\"; choose one with --database."));
  }

  @Test
  void routersLearnOfEveryStepAtOnce() throws Exception {
    try (ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
        ClientDirectory directory =
            ClientDirectory.open(
                "tester",
                slowToForget(),
                metadata.redis,
                metadata.postgres,
                new Meters(),
                background,
                Ticker.systemTicker())) {
      Eventually.await(
          "the subscription",
          () -> {
            // An announcement that is heard ends being unknown; this one is repeated until it is.
            return new Announced(directory).heard();
          });
      assertThat(directory.lookup("watched")).isEqualTo(new Lookup.Unknown());

      CreateOutcome.Created created = create("Watched", "watched");
      Eventually.await("pending", () -> status(directory, "watched") == ClientStatus.PENDING);
      app.provisioner(MIGRATIONS).provision("watched");

      Eventually.await("active", () -> status(directory, "watched") == ClientStatus.ACTIVE);
      Lookup.Found found = (Lookup.Found) directory.lookup("watched");
      assertThat(found.client().keys())
          .singleElement()
          .matches(key -> key.hash().matches(created.apiKeyHash()));
      assertThat(directory.lookup("watched")).isSameAs(found);
    }
  }

  @Test
  void hundredClientsTakeSeconds() throws Exception {
    for (int i = 0; i < 100; i++) {
      create("Many %d".formatted(i), "many-%d".formatted(i));
    }
    long begin = System.nanoTime();

    List<ProvisionOutcome> outcomes =
        app.provisioner(MIGRATIONS).provisionPending(4, outcome -> {});

    assertThat(outcomes)
        .filteredOn(ProvisionOutcome.Provisioned.class::isInstance)
        .hasSizeGreaterThanOrEqualTo(100);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void twoRunsAtOnceProvisionEachClientOnce() throws Exception {
    for (int i = 0; i < 10; i++) {
      create("Pair %d".formatted(i), "pair-%d".formatted(i));
    }
    try (ProvisioningApp other = metadata.app();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var second =
          threads.submit(() -> other.provisioner(MIGRATIONS).provisionPending(4, outcome -> {}));
      app.provisioner(MIGRATIONS).provisionPending(4, outcome -> {});
      second.get();
    }

    assertThat(
            metadata.ask(
                "SELECT client_id FROM audit_log WHERE action = 'client.provisioned' AND client_id LIKE 'pair-%' ORDER BY 1"))
        .hasSize(10)
        .doesNotHaveDuplicates();
  }

  /** Holds answers for long, so that only announcements change them. */
  private static ClientDirectoryConfig slowToForget() {
    Duration long_ = Duration.ofMinutes(10);
    return new ClientDirectoryConfig(1_000, long_, Duration.ofHours(1), 1_000, long_, long_);
  }

  /** Inserts a client behind the directory's back and announces it. */
  private final class Announced {
    private final ClientDirectory directory;
    private final String id = "announced-" + System.nanoTime();

    Announced(ClientDirectory directory) {
      this.directory = directory;
    }

    boolean heard() {
      directory.lookup(id);
      try {
        create(id, id);
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
      long deadline = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      while (System.nanoTime() < deadline) {
        if (directory.lookup(id) instanceof Lookup.Found) {
          return true;
        }
        Thread.onSpinWait();
      }
      return false;
    }
  }

  private static ClientStatus status(ClientDirectory directory, String id) {
    return directory.lookup(id) instanceof Lookup.Found(var client)
        ? client.status()
        : ClientStatus.DEPROVISIONED;
  }

  private CreateOutcome.Created create(String name, String id) throws SQLException {
    return (CreateOutcome.Created) app.registry().create(NewClient.of(name, id));
  }
}
