package io.penstock.provisioning.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the clients' databases hold, by two queries a target, whatever the number of clients.
 * Rows are counted as they are stored; one that was stored twice counts twice until ClickHouse has
 * merged it.
 *
 * <p>Row counts and the last event come from {@code system.parts}, which costs no reading: a part
 * keeps the first and last value of the column that partitions are made of, which is {@code
 * event_time}. Rows a day are those whose {@code event_time} lies within the last seven days, for
 * which ClickHouse reads that column of the one or two months concerned. By {@code ingested_at} it
 * would have to read a column of every row there is, since no index leads to it.
 */
public final class ClientListStatistics {
  /** Days over which the mean is taken. */
  public static final int DAYS = 7;

  private static final Pattern PLAIN = Pattern.compile("[a-z][a-z0-9_]*");

  private ClientListStatistics() {}

  /**
   * One client's table; a client without one has none.
   *
   * @param rows as they are stored
   * @param rowsPerDay the mean of the last seven days
   * @param lastEvent the greatest {@code event_time}; null: no rows
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Stored(long rows, double rowsPerDay, @Nullable Instant lastEvent) {}

  /**
   * What a target said.
   *
   * @param byDatabase of those asked for that have a table with rows
   * @param problem why nothing is known of its clients; null: it answered
   */
  public record OfTarget(Map<String, Stored> byDatabase, @Nullable String problem) {}

  /**
   * Asks all targets at once.
   *
   * @param clients whose databases; those on targets that cannot be asked are a problem too
   * @param patience for each target
   */
  public static Map<String, OfTarget> read(
      ClickHouseTargets targets, Collection<ClientList.Row> clients, Duration patience) {
    Map<String, CompletableFuture<OfTarget>> asked = new TreeMap<>();
    clients.stream()
        .map(ClientList.Row::summary)
        .collect(Collectors.groupingBy(ClientRow::target))
        .forEach((target, its) -> asked.put(target, ask(targets, target, databases(its))));
    long deadline = System.nanoTime() + patience.toNanos();
    Map<String, OfTarget> answers = new TreeMap<>();
    asked.forEach((target, answer) -> answers.put(target, await(answer, deadline, patience)));
    return answers;
  }

  private static Collection<String> databases(Collection<ClientRow> clients) {
    return clients.stream().map(ClientRow::database).toList();
  }

  private static CompletableFuture<OfTarget> ask(
      ClickHouseTargets targets, String target, Collection<String> databases) {
    CompletableFuture<OfTarget> answer = new CompletableFuture<>();
    // Nobody waits for this thread longer than the patience, whatever holds it.
    var _ =
        Thread.ofVirtual()
            .name("statistics of " + target)
            .start(() -> {
              try {
                answer.complete(new OfTarget(query(targets.get(target), databases), null));
              } catch (SQLException | StepFailed | RuntimeException e) {
                answer.complete(new OfTarget(Map.of(), StepFailed.firstLine(e)));
              }
            });
    return answer;
  }

  private static OfTarget await(
      CompletableFuture<OfTarget> answer, long deadline, Duration patience) {
    try {
      return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return new OfTarget(Map.of(), "no answer within " + patience.toSeconds() + " s");
    } catch (ExecutionException e) {
      throw new IllegalStateException("asking a target ended unexpectedly", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new OfTarget(Map.of(), "interrupted");
    }
  }

  private static Map<String, Stored> query(ClickHouseServer server, Collection<String> databases)
      throws SQLException {
    String names =
        databases.stream().filter(PLAIN.asMatchPredicate()).collect(Collectors.joining("|"));
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      Map<String, Stored> stored = parts(statement, names);
      if (!stored.isEmpty()) {
        // Only those with rows, since the function opens every table that it is told of.
        addRecent(statement, String.join("|", stored.keySet()), stored);
      }
      return stored;
    }
  }

  private static Map<String, Stored> parts(Statement statement, String names) throws SQLException {
    Map<String, Stored> stored = new HashMap<>();
    var _ =
        Sql.query(
            statement,
            """
            SELECT database, sum(rows), toUnixTimestamp(max(max_time)) FROM system.parts
            WHERE active AND table = 'events_base' AND match(database, '^(%s)$') GROUP BY database\
            """
                .formatted(names),
            row -> {
              long last = row.getLong(3);
              return stored.put(
                  row.getString(1),
                  new Stored(row.getLong(2), 0, last == 0 ? null : Instant.ofEpochSecond(last)));
            });
    return stored;
  }

  private static void addRecent(Statement statement, String names, Map<String, Stored> stored)
      throws SQLException {
    var _ =
        Sql.query(
            statement,
            """
            SELECT _database, count() FROM merge(REGEXP('^(%s)$'), '^events_base$')
            WHERE event_time > now() - INTERVAL %d DAY AND event_time <= now() GROUP BY _database\
            """
                .formatted(names, DAYS),
            row -> {
              double perDay = (double) row.getLong(2) / DAYS;
              return stored.computeIfPresent(
                  row.getString(1),
                  (database, known) -> new Stored(known.rows, perDay, known.lastEvent));
            });
  }
}
