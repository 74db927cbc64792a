package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import io.penstock.provisioning.target.ClickHouseServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationTest {
  @TempDir Path folder;

  @Test
  void migrationsComeInOrderOfVersion() throws IOException {
    write("V010__later.sql", "SELECT 2");
    write("V002__first_things.sql", "SELECT 1");
    write("README.md", "not one");

    assertThat(Migration.load(folder))
        .extracting(Migration::description)
        .containsExactly("first things", "later");
    assertThat(Migration.load(folder)).extracting(Migration::version).containsExactly(2, 10);
  }

  @Test
  void checksumFollowsTheTextAndNotTheLineEnds() throws IOException {
    write("V001__a.sql", "SELECT\n1");
    String checksum = Migration.load(folder).getFirst().checksum();
    write("V001__a.sql", "SELECT\r\n1");
    assertThat(Migration.load(folder).getFirst().checksum()).isEqualTo(checksum).hasSize(64);

    write("V001__a.sql", "SELECT\n2");
    assertThat(Migration.load(folder).getFirst().checksum()).isNotEqualTo(checksum);
  }

  @Test
  void filesOfAnotherNameAndTwoOfOneVersionAreRefused() throws IOException {
    assertThatThrownBy(() -> Migration.load(folder)).hasMessageContaining("holds no migration");
    write("V1__short.sql", "");
    assertThatThrownBy(() -> Migration.load(folder))
        .hasMessageContaining("V1__short.sql is not named as");
    Files.delete(folder.resolve("V1__short.sql"));
    write("V001__a.sql", "");
    write("V0001__b.sql", "");
    assertThatThrownBy(() -> Migration.load(folder))
        .hasMessageContaining("two migrations of version 1");
  }

  @Test
  void ourMigrationsFillForOneServerAndForACluster() throws IOException {
    Path ours = Path.of("..", "clickhouse", "migrations");
    for (Migration migration : Migration.load(ours)) {
      assertThat(
              migration.statements(
                  server(null)
                      .placeholders("client_a", new Retention(30, Retention.From.EVENT_TIME))))
          .isNotEmpty()
          .allSatisfy(sql ->
              assertThat(sql).contains("`client_a`").doesNotContain("${", "CLUSTER", "Replicated"));
      assertThat(
              migration.statements(
                  server("main")
                      .placeholders("client_a", new Retention(30, Retention.From.EVENT_TIME))))
          .allSatisfy(sql -> assertThat(sql).contains("ON CLUSTER `main`").doesNotContain("${"));
    }
  }

  @Test
  void onlyPlainNamesAreQuoted() {
    assertThat(ClickHouseClients.quoted("client_a")).isEqualTo("`client_a`");
    assertThatThrownBy(() -> ClickHouseClients.quoted("a`; DROP DATABASE b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static ClickHouseServer server(@org.jspecify.annotations.Nullable String cluster) {
    return new ClickHouseServer(
        new ClickHouseConfig(
            URI.create("http://localhost:1"), "default", Secret.of(""), null, cluster));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
