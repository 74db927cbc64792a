package io.penstock.provisioning.client;

import io.penstock.core.client.ClientRules;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import java.text.Normalizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client to create.
 *
 * @param name for people; unique
 * @param id null: made from the name
 * @param database null: made from the id
 * @param target the ClickHouse server or cluster
 * @param retention how long its events are kept
 * @param maxEventsPerMinute that are accepted from each partition; null: no limit
 * @param keyLifetime how long its first API key lives; null: until revoked
 */
public record NewClient(
    String name,
    @Nullable String id,
    @Nullable String database,
    String target,
    Retention retention,
    @Nullable Integer maxEventsPerMinute,
    @Nullable Duration keyLifetime) {

  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N} .,&'()/+_@!-]{0,199}");
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final int MAX_ID_LENGTH = 64;
  private static final int MAX_DATABASE_LENGTH = 63;

  /** A client with defaults for all but its name and id. */
  public static NewClient of(String name, String id) {
    return new NewClient(name, id, null, ClickHouseConfig.TARGET, Retention.DEFAULT, null, null);
  }

  /** The same with id and database filled in. */
  NewClient withDefaults() {
    String chosenId = id != null ? id : idFrom(name);
    String chosenDatabase = database != null ? database : databaseFrom(chosenId);
    return new NewClient(
        name, chosenId, chosenDatabase, target, retention, maxEventsPerMinute, keyLifetime);
  }

  private static String idFrom(String name) {
    String ascii = Normalizer.normalize(name, Normalizer.Form.NFD).replaceAll("\\p{M}", "");
    String slug =
        ascii.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    String cut = slug.length() > MAX_ID_LENGTH ? slug.substring(0, MAX_ID_LENGTH) : slug;
    return cut.isEmpty() ? UUID.randomUUID().toString() : cut;
  }

  private static String databaseFrom(String id) {
    String database = "client_" + id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
    return database.length() > MAX_DATABASE_LENGTH
        ? database.substring(0, MAX_DATABASE_LENGTH)
        : database;
  }

  /** What is wrong with it, each as a sentence; empty: nothing. Expects {@link #withDefaults()}. */
  List<String> problems() {
    List<String> problems = new ArrayList<>(nameProblems(name));
    if (id == null || !ID.matcher(id).matches()) {
      problems.add("The id \"" + id + "\" is not 1 to 64 of A-Z, a-z, 0-9, _ and -.");
    } else {
      problems.addAll(databaseProblems(database));
    }
    if (!ClientRules.isTarget(target)) {
      problems.add("The target \"" + target + "\" is not 1 to 63 of a-z, 0-9, _ and -.");
    }
    if (maxEventsPerMinute != null) {
      problems.addAll(limitProblems(maxEventsPerMinute));
    }
    if (keyLifetime != null && !keyLifetime.isPositive()) {
      problems.add("The key would expire at once.");
    }
    return problems;
  }

  static List<String> nameProblems(String name) {
    return NAME.matcher(name).matches()
        ? List.of()
        : List.of(
            "The name \""
                + name
                + "\" is not 1 to 200 letters, digits, spaces and . , & ' ( ) / + _ @ ! -, beginning with a letter or digit.");
  }

  static List<String> limitProblems(int eventsPerMinute) {
    return eventsPerMinute > 0
        ? List.of()
        : List.of("The limit of " + eventsPerMinute + " events a minute is not positive.");
  }

  /** Checks a database's name before it goes into a statement. */
  static List<String> databaseProblems(@Nullable String database) {
    if (database != null && ClientRules.isDatabase(database)) {
      return List.of();
    }
    return List.of(
        database != null && ClientRules.RESERVED_DATABASES.contains(database)
            ? "The database \"" + database + "\" is ClickHouse's own."
            : "The database \""
                + database
                + "\" is not 1 to 63 of a-z, 0-9 and _, beginning with a letter.");
  }
}
