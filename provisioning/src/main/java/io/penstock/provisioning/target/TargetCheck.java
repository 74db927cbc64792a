package io.penstock.provisioning.target;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.job.StepFailed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks one target whether Penstock can work with it. Rights are tried rather than read, since
 * grants come by users, roles and settings, and servers without access management tell nothing: a
 * database {@code penstock_check_...} is made, used and dropped.
 */
public final class TargetCheck {
  /** The oldest release that Penstock supports. */
  private static final int OLDEST_YEAR = 24;

  private static final int OLDEST_MONTH = 8;
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\..*");

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration SKEW = Duration.ofSeconds(2);

  /** ClickHouse Cloud's limit, and what other servers warn at. */
  private static final int MANY_DATABASES = 1_000;

  private final String name;
  private final ClickHouseConfig config;
  private final ClickHouseServer server;
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private @Nullable String version;
  private long tookMillis;
  private long clockAheadMillis;
  private long databases = -1;

  private TargetCheck(String name, ClickHouseConfig config) {
    this.name = name;
    this.config = config;
    this.server = new ClickHouseServer(config);
  }

  /** Connects, reads the version and the clock: changes nothing. Blocks for about 10 s at most. */
  public static TargetReport answers(String name, ClickHouseConfig config) {
    return new TargetCheck(name, config).run(false);
  }

  /** The same, and tries the rights that provisioning and the router need. */
  public static TargetReport full(String name, ClickHouseConfig config) {
    return new TargetCheck(name, config).run(true);
  }

  private TargetReport run(boolean rights) {
    try (Connection connection = server.connect(PATIENCE);
        Statement statement = connection.createStatement()) {
      askWhoItIs(statement);
      if (rights) {
        tryRights(statement);
      }
    } catch (SQLException e) {
      problems.add("it does not answer as it should: " + reason(e));
    } catch (RuntimeException e) {
      // What the driver throws for a configuration that it cannot use, such as an unreadable CA.
      problems.add("it cannot be connected to: " + reason(e));
    }
    return new TargetReport(
        name,
        config.url().toString(),
        version,
        tookMillis,
        clockAheadMillis,
        databases,
        problems,
        notes);
  }

  /** The message of the last cause: drivers wrap it in attempts and query ids. */
  private static String reason(Exception e) {
    if (!(e.getCause() instanceof Exception cause)) {
      return StepFailed.firstLine(e);
    }
    Exception root = cause;
    while (root.getCause() instanceof Exception deeper) {
      root = deeper;
    }
    return root.getClass().getSimpleName() + ": " + StepFailed.firstLine(root);
  }

  private void askWhoItIs(Statement statement) throws SQLException {
    long began = System.nanoTime();
    version = text(statement, "SELECT version()");
    tookMillis = Duration.ofNanos(System.nanoTime() - began).toMillis();
    String problem = versionProblem(version);
    if (problem != null) {
      problems.add(problem);
    }
    // Asked on a connection that stands, so that the round trip is short.
    long before = System.currentTimeMillis();
    long there = Long.parseLong(text(statement, "SELECT toUnixTimestamp64Milli(now64(3))"));
    long after = System.currentTimeMillis();
    clockAheadMillis = there - (before + after) / 2;
    if (Math.abs(clockAheadMillis) - (after - before) / 2 > SKEW.toMillis()) {
      problems.add(
          "its clock is %.1f s %s this machine's; mend the time synchronisation"
              .formatted(
                  Math.abs(clockAheadMillis) / 1000.0,
                  clockAheadMillis > 0 ? "ahead of" : "behind"));
    }
    databases = Long.parseLong(text(statement, "SELECT count() FROM system.databases"));
    if (databases >= MANY_DATABASES * 8 / 10) {
      notes.add(
          "it has %d databases; servers warn from %d on: place new clients on another target"
              .formatted(databases, MANY_DATABASES));
    }
  }

  /** Null if the version is supported. */
  static @Nullable String versionProblem(String version) {
    Matcher parts = VERSION.matcher(version);
    if (!parts.matches()) {
      return "its version \"%s\" is none that is known".formatted(version);
    }
    int year = Integer.parseInt(parts.group(1));
    int month = Integer.parseInt(parts.group(2));
    return year > OLDEST_YEAR || (year == OLDEST_YEAR && month >= OLDEST_MONTH)
        ? null
        : "its version %s is older than %d.%d, the oldest that is supported"
            .formatted(version, OLDEST_YEAR, OLDEST_MONTH);
  }

  private void tryRights(Statement statement) {
    String database =
        "penstock_check_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    String quoted = ClickHouseClients.quoted(database);
    String cluster = server.onCluster();
    String engine = config.cluster() == null ? "MergeTree" : "ReplicatedMergeTree";
    List<String> trials =
        List.of(
            "CREATE DATABASE %s %s".formatted(quoted, cluster),
            "CREATE TABLE %s.events_base %s (n UInt8) ENGINE = %s ORDER BY n"
                .formatted(quoted, cluster, engine),
            "CREATE VIEW %s.events %s AS SELECT n FROM %s.events_base"
                .formatted(quoted, cluster, quoted),
            "ALTER TABLE %s.events_base %s ADD COLUMN m UInt8".formatted(quoted, cluster),
            "INSERT INTO %s.events_base (n) VALUES (1)".formatted(quoted),
            "SELECT n FROM %s.events".formatted(quoted));
    boolean made = false;
    try {
      for (String trial : trials) {
        try {
          var _ = statement.execute(trial);
          made = true;
        } catch (SQLException e) {
          problems.add(
              "the user \"%s\" cannot %s: %s"
                  .formatted(
                      config.user(),
                      trial.replaceAll("^(CREATE \\w+|ALTER TABLE|INSERT|SELECT).*", "$1"),
                      StepFailed.firstLine(e)));
          return;
        }
      }
    } finally {
      if (made) {
        drop(statement, quoted, database, cluster);
      }
    }
  }

  private void drop(Statement statement, String quoted, String database, String cluster) {
    try {
      var _ = statement.execute("DROP DATABASE %s %s SYNC".formatted(quoted, cluster));
    } catch (SQLException e) {
      problems.add(
          "the database %s of this check could not be dropped, drop it by hand: %s"
              .formatted(database, StepFailed.firstLine(e)));
    }
  }

  private static String text(Statement statement, String query) throws SQLException {
    return Sql.query(statement, query, row -> row.getString(1)).stream()
        .findFirst()
        .orElseThrow(() -> new SQLException("no answer to " + query));
  }
}
