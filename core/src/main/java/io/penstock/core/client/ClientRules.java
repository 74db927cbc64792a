package io.penstock.core.client;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the constraints of PostgreSQL's {@code clients} and {@code api_keys} (postgres/sql) demand,
 * for clients that come from elsewhere.
 */
public final class ClientRules {
  /** Databases that are ClickHouse's own. */
  public static final Set<String> RESERVED_DATABASES =
      Set.of("default", "system", "information_schema");

  static final Pattern DATABASE = Pattern.compile("[a-z][a-z0-9_]{0,62}");
  static final Pattern TARGET = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

  private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x20-\\x7e]");
  private static final int MAX_SHOWN = 80;

  private ClientRules() {}

  /** Whether a client's database may have this name. */
  public static boolean isDatabase(String name) {
    return DATABASE.matcher(name).matches() && !RESERVED_DATABASES.contains(name);
  }

  /**
   * Null if a client's database may have this name, else a sentence for operators: PostgreSQL's
   * constraints were off when it was written.
   */
  public static @Nullable String databaseProblem(String name) {
    return isDatabase(name)
        ? null
        : "no client's database can be named %s; correct clients.ch_database_name in PostgreSQL"
            .formatted(printable(name));
  }

  /** Whether a ClickHouse target may have this name. */
  public static boolean isTarget(String name) {
    return TARGET.matcher(name).matches();
  }

  /** Whether PostgreSQL would take the client; times count by their milliseconds. */
  public static boolean allow(ClientMetadata client) {
    Integer limit = client.maxEventsPerMinute();
    Set<ApiKeyHash> hashes = new HashSet<>();
    return isDatabase(client.database())
        && isTarget(client.target())
        && (limit == null || limit > 0)
        && client.keys().stream().allMatch(key -> hashes.add(key.hash()) && allow(key));
  }

  private static boolean allow(ApiKey key) {
    long created = key.createdAt().toEpochMilli();
    return isNotBefore(created, key.expiresAt()) && isNotBefore(created, key.revokedAt());
  }

  private static boolean isNotBefore(long created, @Nullable Instant end) {
    return end == null || end.toEpochMilli() >= created;
  }

  /** A name that may be anybody's, in quotes, for messages: on one line, and not long. */
  public static String printable(String name) {
    String text = UNPRINTABLE.matcher(name).replaceAll("?");
    return "\"" + (text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...") + "\"";
  }
}
