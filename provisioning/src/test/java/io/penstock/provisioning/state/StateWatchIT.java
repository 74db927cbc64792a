package io.penstock.provisioning.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.metrics.Meters;
import io.penstock.provisioning.Eventually;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.schema.Migration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StateWatchIT {
  private static final String FAILED_JOBS = "penstock_jobs{kind=\"provision\",state=\"failed\"}";
  private static final String OLDEST_JOB =
      "penstock_job_oldest_seconds{kind=\"provision\",state=\"failed\"}";
  private static final String WEEK = "penstock_api_keys_expiring{days=\"7\"}";
  private static final String MONTH = "penstock_api_keys_expiring{days=\"30\"}";
  private static final String PARTS = "penstock_target_parts{target=\"default\"}";
  private static final String FREE = "penstock_target_disk_free_bytes{target=\"default\"}";
  private static final String DISK = "penstock_target_disk_bytes{target=\"default\"}";

  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();

  @AfterEach
  void close() throws Exception {
    for (String table : new String[] {"jobs", "schema_versions", "api_keys", "clients"}) {
      metadata.execute(
          "DELETE FROM %s WHERE client_id IN ('state-job', 'state-keys')".formatted(table));
    }
    metadata.executeClickHouse("DROP DATABASE IF EXISTS state_keys SYNC");
    app.close();
  }

  /** What the watch finds at once, by series. */
  private Map<String, Double> figures() {
    Meters meters = new Meters();
    Map<String, Double> figures = new HashMap<>();
    try (StateWatch _ = app.stateWatch(meters)) {
      Eventually.await(
          "all was looked at",
          () -> {
            meters
                .registry()
                .scrape()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> {
                  int value = line.lastIndexOf(' ');
                  figures.put(line.substring(0, value), Double.valueOf(line.substring(value + 1)));
                });
            return figures.containsKey(FAILED_JOBS) && figures.containsKey(PARTS);
          });
    }
    return figures;
  }

  @Test
  void jobsKeysAndTargetsAreAsTheirServersSay() throws Exception {
    var _ = app.provisioner(Migration.folder(Metadata.HOME)).provision(client("state-keys"));
    Map<String, Double> before = figures();
    metadata.execute(
        "INSERT INTO jobs (kind, client_id, step, error, started_at) VALUES ('provision', ?, 'database', 'refused', now() - interval '400 days')",
        client("state-job"));
    metadata.execute(
        """
        INSERT INTO api_keys (client_id, api_key_hash, created_at, expires_at, revoked_at)
        SELECT 'state-keys', encode(sha256(n::text::bytea), 'hex'), now() - interval '60 days',
               now() + expires * interval '1 day', CASE WHEN revoked THEN now() END
        FROM (VALUES (1, 3, false), (2, 20, false), (3, 20, false), (4, 40, false), (5, 3, true),
                     (6, -3, false), (7, NULL, false)) AS keys (n, expires, revoked)\
        """);

    Map<String, Double> after = figures();

    assertThat(after.get(FAILED_JOBS)).isEqualTo(before.getOrDefault(FAILED_JOBS, 0.0) + 1);
    assertThat(after.get(OLDEST_JOB)).isBetween(399 * 86_400.0, 401 * 86_400.0);
    assertThat(after.get(WEEK)).isEqualTo(before.getOrDefault(WEEK, 0.0) + 1);
    assertThat(after.get(MONTH)).isEqualTo(before.getOrDefault(MONTH, 0.0) + 3);
    assertThat(after.get(PARTS)).isNotNegative();
    assertThat(after.get(FREE)).isPositive().isLessThanOrEqualTo(after.get(DISK));
  }

  private String client(String id) throws Exception {
    metadata.execute(
        "INSERT INTO clients (client_id, name, ch_database_name) VALUES (?, ?, ?)",
        id,
        id,
        id.replace('-', '_'));
    return id;
  }
}
