package io.penstock.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.target.Export;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metadata of an earlier release, brought up to date. */
class MetadataUpgradeIT {
  /** The last one without jobs. */
  private static final String BEFORE = "V004";

  private final Metadata metadata = Metadata.shared();

  @TempDir Path home;

  @Test
  void deprovisioningsThatAnEarlierReleaseBeganGoOn() throws Exception {
    PostgresConfig old = databaseOf("before_jobs", BEFORE);
    try (Connection connection = connect(old)) {
      for (String client : List.of("graced", "over", "dropping", "living")) {
        insert(connection, client);
      }
      deprovisioning(connection, "graced", "now() + interval '7 days'", "NULL");
      deprovisioning(connection, "over", "now() - interval '1 second'", "NULL");
      deprovisioning(connection, "dropping", "NULL", "now()");
      execute(
          connection,
          """
          INSERT INTO audit_log (actor, action, client_id, detail) VALUES
            ('zoe', 'client.deprovisioning', 'dropping', 'at once'),
            ('zoe', 'client.drop-started', 'dropping', 'database jobless_dropping on default, events=1234 bytes=56789')\
          """);
    }

    assertThat(Setup.migrateMetadata(old, Metadata.HOME).version()).isEqualTo(Metadata.NEWEST);

    KafkaConfig kafka = metadata.kafka("upgraded");
    ProvisioningApp.Config config =
        new ProvisioningApp.Config(
            old,
            metadata.redis,
            metadata.clickHouse,
            Metadata.LEDGER,
            Metadata.routers(kafka, "upgraded-routers"));
    try (ProvisioningApp app = new ProvisioningApp(config, "tester")) {
      assertThat(app.jobs(null, true, 10))
          .extracting(
              seen -> seen.job().clientId() + " " + seen.job().actor() + " " + seen.job().step())
          .containsExactlyInAnyOrder(
              "graced migration V005 grace",
              "over migration V005 grace",
              "dropping zoe drop-database");
      assertThat(app.deprovisioner().due()).containsExactly("dropping", "over");

      DeprovisionReport dropped = deprovision(app, "dropping");

      assertThat(dropped.state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);
      assertThat(dropped.events()).isEqualTo(1_234);
      assertThat(dropped.bytes()).isEqualTo(56_789);
      assertThat(deprovision(app, "over").state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);
      assertThat(deprovision(app, "graced").state()).isEqualTo(DeprovisionReport.State.WAITING);
      assertThat(app.lifecycle().resume("graced").clientId()).isEqualTo("graced");
      assertThat(app.jobs(null, true, 10))
          .extracting(seen -> seen.job().clientId() + " " + seen.job().outcome())
          .containsExactlyInAnyOrder("graced TAKEN_BACK", "over DONE", "dropping DONE");
    }
  }

  private static DeprovisionReport deprovision(ProvisioningApp app, String client)
      throws Exception {
    return app.deprovisioner()
        .run(
            new DeprovisionRequest(
                client, null, Duration.ofSeconds(20), null, Export.Format.NATIVE, false),
            line -> {});
  }

  /** A database with the migrations up to {@code last}. */
  private PostgresConfig databaseOf(String name, String last) throws Exception {
    metadata.execute("CREATE DATABASE " + name);
    PostgresConfig shared = metadata.postgres;
    PostgresConfig own =
        new PostgresConfig(
            shared.url().replaceFirst("/[^/?]+(\\?.*)?$", "/" + name),
            shared.user(),
            shared.password(),
            shared.poolSize(),
            shared.timeout());
    Path folder = Files.createDirectories(home.resolve("postgres/sql"));
    try (Stream<Path> files = Files.list(Metadata.HOME.resolve("postgres/sql"))) {
      for (Path file :
          files.filter(one -> one.getFileName().toString().compareTo(last + "~") < 0).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    assertThat("V" + Setup.migrateMetadata(own, home).version()).isEqualTo(last);
    return own;
  }

  private static void insert(Connection connection, String client) throws Exception {
    execute(
        connection,
        "INSERT INTO clients (client_id, name, ch_database_name) VALUES (?, ?, ?)",
        client,
        client,
        "jobless_" + client);
    execute(connection, "UPDATE clients SET status = 'active' WHERE client_id = ?", client);
  }

  private static void deprovisioning(
      Connection connection, String client, String until, String dropStarted) throws Exception {
    execute(
        connection,
        "UPDATE clients SET status = 'deprovisioning', deprovision_at = %s, drop_started_at = %s WHERE client_id = ?"
            .formatted(until, dropStarted),
        client);
  }

  private static Connection connect(PostgresConfig config) throws Exception {
    return DriverManager.getConnection(config.url(), config.user(), config.password().reveal());
  }

  private static void execute(Connection connection, String sql, Object... parameters)
      throws Exception {
    var _ = Sql.update(connection, sql, parameters);
  }
}
