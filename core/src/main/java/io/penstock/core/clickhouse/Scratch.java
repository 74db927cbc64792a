package io.penstock.core.clickhouse;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Databases that a command makes for itself and drops when it ends. A name has the second it was
 * made in, so that a later run finds those of runs that were killed; the comment tells them from
 * clients' databases, besides the name.
 */
public enum Scratch {
  /** What migrations make of an empty database. */
  VERIFY("penstock_verify", "scratch of penstock migrate verify"),
  /** Where rows are tried before dead letters are replayed. */
  FORECAST("penstock_forecast", "scratch of penstock dlq");

  /** A condition on {@code system.databases} that leaves all of them out. */
  public static final String NOT_SCRATCH =
      "comment NOT IN ('" + VERIFY.comment + "', '" + FORECAST.comment + "')";

  private static final Duration STALE = Duration.ofHours(1);

  private final String prefix;
  private final String comment;
  private final Pattern pattern;

  Scratch(String prefix, String comment) {
    this.prefix = prefix;
    this.comment = comment;
    this.pattern = Pattern.compile(prefix + "_(\\d{10})_[0-9a-f]{12}");
  }

  /**
   * A name that was never used.
   *
   * @param taken databases of clients
   */
  public String newName(Set<String> taken) {
    String name;
    do {
      byte[] random = new byte[6];
      new SecureRandom().nextBytes(random);
      name =
          "%s_%010d_%s"
              .formatted(prefix, Instant.now().getEpochSecond(), HexFormat.of().formatHex(random));
    } while (taken.contains(name));
    return name;
  }

  /**
   * The statement that makes one.
   *
   * @param onCluster as {@link ClickHouseClients#onCluster} says
   */
  public String create(String name, String onCluster) {
    return "CREATE DATABASE %s %s COMMENT '%s'"
        .formatted(ClickHouseClients.quoted(name), onCluster, comment)
        .replace("  ", " ");
  }

  /** The statement that drops one, if it is there. */
  public static String drop(String name, String onCluster) {
    return "DROP DATABASE IF EXISTS %s %s"
        .formatted(ClickHouseClients.quoted(name), onCluster)
        .strip();
  }

  /** The query for the names of all of this kind. */
  public String names() {
    return "SELECT name FROM system.databases WHERE comment = '" + comment + "'";
  }

  /**
   * The names of databases that runs left behind more than an hour ago.
   *
   * @param taken databases of clients, which are kept whatever their names
   */
  public List<String> stale(Collection<String> names, Set<String> taken, Instant now) {
    return names.stream().filter(name -> !taken.contains(name) && isStale(name, now)).toList();
  }

  private boolean isStale(String name, Instant now) {
    Matcher matcher = pattern.matcher(name);
    return matcher.matches()
        && Instant.ofEpochSecond(Long.parseLong(matcher.group(1))).isBefore(now.minus(STALE));
  }
}
