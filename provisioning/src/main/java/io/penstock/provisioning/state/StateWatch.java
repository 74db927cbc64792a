package io.penstock.provisioning.state;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.metadata.Sql;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.core.observe.Problem;
import io.penstock.core.rows.EventRows;
import io.penstock.provisioning.account.Account;
import io.penstock.provisioning.account.Span;
import io.penstock.provisioning.canary.CanaryClient;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again at what only operators' programs know, and tells it as metrics: jobs and
 * keys, the targets, and what is unaccounted for. Each has a thread of its own, so that a server
 * that keeps silent holds nothing else up, and every question is bounded by the command's patience;
 * a scrape asks nobody. What could not be asked has no value until it can. Thread-safe.
 */
public final class StateWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StateWatch.class);

  private static final Duration LOOK = Duration.ofMinutes(1);
  private static final Duration LOOK_AT_ACCOUNT = Duration.ofMinutes(5);
  private static final Duration ACCOUNTED = Duration.ofDays(1);
  private static final Duration TARGET_ANSWERS = Duration.ofSeconds(10);

  private static final List<List<String>> JOBS =
      List.of(
          List.of("provision", "open"),
          List.of("provision", "failed"),
          List.of("deprovision", "open"),
          List.of("deprovision", "failed"));

  private final DataSource metadata;
  private final Targets targets;
  private final @Nullable Account account;
  private final InstantSource clock;
  private final CountDownLatch closing = new CountDownLatch(1);

  private volatile Map<List<String>, Double> jobs = Map.of();
  private volatile Map<List<String>, Double> oldestJobs = Map.of();
  private volatile Map<List<String>, Double> keysExpiring = Map.of();
  private volatile Map<String, Target> seenTargets = Map.of();
  private volatile @Nullable Accounted accounted;

  /** The targets as they are now. */
  @FunctionalInterface
  public interface Targets {
    /** Asks for them. */
    ClickHouseTargets read() throws SQLException;
  }

  /** What one target said. */
  private record Target(double parts, double diskFree, double disk) {}

  /** What is unaccounted for. */
  private record Accounted(long offsets, Instant at) {}

  /** What is looked at. */
  @FunctionalInterface
  private interface Look {
    void now() throws SQLException, StepFailed;
  }

  /**
   * Begins to look.
   *
   * @param metadata not closed here
   * @param account null: no ledger is kept
   */
  public StateWatch(
      DataSource metadata,
      Targets targets,
      @Nullable Account account,
      Meters meters,
      InstantSource clock) {
    this.metadata = metadata;
    this.targets = targets;
    this.account = account;
    this.clock = clock;
    meters.gauges(Metric.JOBS, () -> jobs);
    meters.gauges(Metric.JOB_OLDEST, () -> oldestJobs);
    meters.gauges(Metric.KEYS_EXPIRING, () -> keysExpiring);
    meters.gauges(Metric.TARGET_PARTS, () -> ofTargets(Target::parts));
    meters.gauges(Metric.TARGET_DISK_FREE, () -> ofTargets(Target::diskFree));
    meters.gauges(Metric.TARGET_DISK, () -> ofTargets(Target::disk));
    meters.gauge(Metric.UNACCOUNTED, this, StateWatch::unaccounted);
    meters.gauge(Metric.ACCOUNT_AGE, this, StateWatch::accountSeconds);
    every(
        LOOK,
        "metadata",
        this::lookAtMetadata,
        () -> {
          jobs = Map.of();
          oldestJobs = Map.of();
          keysExpiring = Map.of();
        });
    every(LOOK, "targets", this::lookAtTargets, () -> seenTargets = Map.of());
    if (account != null) {
      // What was found last stays, and its age tells.
      every(LOOK_AT_ACCOUNT, "account", this::lookAtAccount, () -> {});
    }
  }

  private void every(Duration pause, String name, Look look, Runnable unknown) {
    Thread _ =
        Thread.ofPlatform()
            .daemon()
            .name("penstock-state-" + name)
            .start(() -> {
              try {
                do {
                  look(name, look, unknown);
                } while (!closing.await(pause.toNanos(), TimeUnit.NANOSECONDS));
              } catch (InterruptedException ending) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void look(String name, Look look, Runnable unknown) {
    try {
      look.now();
    } catch (SQLException | StepFailed | RuntimeException failed) {
      unknown.run();
      if (closing.getCount() > 0) {
        log.atWarn()
            .addKeyValue("work", name)
            .addKeyValue("cause", failed.getMessage())
            .log("The state could not be looked at; its metrics have no value until it can");
      }
    }
  }

  /** Jobs, and keys but for the canary's, which has a new one each day. */
  private void lookAtMetadata() throws SQLException {
    Map<List<String>, Double> count = new HashMap<>();
    Map<List<String>, Double> oldest = new HashMap<>();
    JOBS.forEach(labels -> {
      count.put(labels, 0.0);
      oldest.put(labels, 0.0);
    });
    try (Connection connection = metadata.getConnection()) {
      var _ =
          Sql.query(
              connection,
              """
              SELECT kind, CASE WHEN error IS NULL THEN 'open' ELSE 'failed' END AS state, count(*),
                     greatest(0, extract(epoch FROM now() - min(started_at)))
              FROM jobs WHERE outcome IS NULL GROUP BY kind, state\
              """,
              row -> {
                List<String> labels = List.of(row.getString(1), row.getString(2));
                count.put(labels, row.getDouble(3));
                oldest.put(labels, row.getDouble(4));
                return labels;
              });
      List<Map<List<String>, Double>> expiring =
          Sql.query(
              connection,
              """
              SELECT count(*) FILTER (WHERE expires_at < now() + interval '7 days'),
                     count(*) FILTER (WHERE expires_at < now() + interval '30 days')
              FROM api_keys JOIN clients USING (client_id)
              WHERE clients.status = 'active' AND revoked_at IS NULL AND expires_at > now()
                    AND client_id <> ?\
              """,
              row -> Map.of(List.of("7"), row.getDouble(1), List.of("30"), row.getDouble(2)),
              CanaryClient.ID);
      keysExpiring = expiring.getFirst();
    }
    jobs = Map.copyOf(count);
    oldestJobs = Map.copyOf(oldest);
  }

  private void lookAtTargets() throws SQLException {
    Map<String, Target> seen = new TreeMap<>();
    targets
        .read()
        .table()
        .usable()
        .forEach((name, config) -> {
          try {
            seen.put(name, ask(new ClickHouseServer(config)));
          } catch (SQLException failed) {
            log.atDebug().setCause(failed).addKeyValue("target", name).log("not asked");
          }
        });
    seenTargets = Map.copyOf(seen);
  }

  private static Target ask(ClickHouseServer server) throws SQLException {
    try (Connection connection = server.connect(TARGET_ANSWERS);
        Statement statement = connection.createStatement()) {
      return Sql.query(
              statement,
              """
              SELECT (SELECT max(parts) FROM (SELECT count() AS parts FROM system.parts
                      WHERE active AND table = %s GROUP BY database, partition_id)) AS parts,
                     free_space, total_space
              FROM system.disks WHERE total_space > 0 ORDER BY free_space / total_space LIMIT 1\
              """
                  .formatted(ClickHouseClients.literal(EventRows.TABLE.name())),
              row -> new Target(row.getDouble(1), row.getDouble(2), row.getDouble(3)))
          .getFirst();
    }
  }

  private interface Figure {
    double of(Target target);
  }

  private Map<List<String>, Double> ofTargets(Figure figure) {
    Map<List<String>, Double> values = new HashMap<>();
    seenTargets.forEach((name, target) -> values.put(List.of(name), figure.of(target)));
    return values;
  }

  private void lookAtAccount() throws StepFailed {
    Account kept = account;
    if (kept != null) {
      Instant now = clock.instant();
      Span lastDay = new Span(kept.eventsTopic(), null, now.minus(ACCOUNTED), null, true);
      accounted = new Accounted(kept.look(lastDay, null).unaccounted(), now);
    }
  }

  private double unaccounted() {
    Accounted last = accounted;
    return last == null ? Double.NaN : last.offsets;
  }

  private double accountSeconds() {
    Accounted last = accounted;
    return last == null
        ? Double.NaN
        : Duration.between(last.at, clock.instant()).toMillis() / 1_000.0;
  }

  /** What somebody should look at; none of it keeps this process from its work. */
  public List<Problem> problems() {
    Accounted last = accounted;
    return last == null || last.offsets == 0
        ? List.of()
        : List.of(
            new Problem(
                "unaccounted",
                "of %,d committed offsets of the last day nobody can say what became of them: ./penstock account"
                    .formatted(last.offsets)));
  }

  /** Looks no more; a look under way ends by itself. */
  @Override
  public void close() {
    closing.countDown();
  }
}
