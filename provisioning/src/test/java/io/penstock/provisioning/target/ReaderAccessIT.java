package io.penstock.provisioning.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.job.Effects;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReaderAccessIT {
  private final Metadata metadata = Metadata.shared();

  @Test
  void everyStatementIsOneThatClickHousesParserTakes() throws Exception {
    List<String> statements = new ArrayList<>();
    for (String cluster : new String[] {"", "main"}) {
      ClickHouseConfig config =
          new ClickHouseConfig(
              metadata.clickHouse.url(),
              "default",
              Secret.of(""),
              null,
              cluster.isEmpty() ? null : cluster);
      ReaderAccess access =
          new ReaderAccess(new ClickHouseServer(config), "client_acme", Effects.NONE);
      statements.addAll(access.grantStatements(Secret.of("s3cret"), ReaderAccess.Limits.DEFAULT));
      statements.addAll(access.dropStatements());
    }

    for (String sql : statements) {
      assertThat(metadata.askClickHouse("EXPLAIN AST " + sql)).as(sql).isNotEmpty();
    }
    assertThat(statements).hasSize(14).noneMatch(sql -> sql.contains("s3cret"));
    assertThat(statements.get(1))
        .isEqualTo(
            "CREATE USER OR REPLACE `client_acme_reader` IDENTIFIED WITH sha256_hash BY '1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0'"
                + " DEFAULT DATABASE `client_acme` SETTINGS PROFILE `client_acme_reader`");
    assertThat(statements.get(7)).contains("`client_acme_reader` ON CLUSTER `main` SETTINGS");
  }

  @Test
  void engineWithoutAccessManagementIsToldApartFromAFailure() throws Exception {
    ReaderAccess access =
        new ReaderAccess(new ClickHouseServer(metadata.clickHouse), "client_acme", Effects.NONE);

    assertThat(access.grant(Secret.of("s3cret"), ReaderAccess.Limits.DEFAULT))
        .isEqualTo(ReaderAccess.Outcome.NO_ACCESS_MANAGEMENT);
    assertThat(access.drop()).isEqualTo(ReaderAccess.Outcome.NO_ACCESS_MANAGEMENT);
  }
}
