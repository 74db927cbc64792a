package io.penstock.provisioning.client;

import io.penstock.core.metadata.Notifications;
import io.penstock.core.observe.Health;
import io.penstock.core.observe.Problem;
import io.penstock.provisioning.job.StepFailed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Provisions clients as they become pending. PostgreSQL's notifications wake it at once. It also
 * looks now and then by itself, since notifications are lost while the connection is down. A client
 * that failed is tried again after a pause that doubles. Not thread-safe.
 */
public final class PendingWatch {
  /** How many clients that failed are named in a health report. */
  private static final int MOST_TOLD = 10;

  private static final Duration LISTEN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofSeconds(30);
  private static final Duration RECONNECT = Duration.ofSeconds(2);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private final DataSource metadata;
  private final Provisioner provisioner;
  private final Consumer<ProvisionOutcome> progress;
  private final Consumer<String> trouble;
  private final Map<String, Pause> pauses = new HashMap<>();
  private volatile @Nullable String postgres = "PostgreSQL has not answered yet";
  private volatile List<Problem> failed = List.of();

  private record Pause(Duration length, long untilNanos, String reason) {}

  /**
   * @param progress told of each outcome
   * @param trouble told in a sentence when PostgreSQL cannot be asked
   */
  public PendingWatch(
      DataSource metadata,
      Provisioner provisioner,
      Consumer<ProvisionOutcome> progress,
      Consumer<String> trouble) {
    this.metadata = metadata;
    this.provisioner = provisioner;
    this.progress = progress;
    this.trouble = trouble;
  }

  /**
   * Fails while PostgreSQL does not answer: nothing is provisioned then. Clients that could not be
   * provisioned are told, and the others go on. May be asked by any thread.
   */
  public Health ready() {
    String trouble = postgres;
    return trouble != null
        ? Health.of(List.of(new Problem("postgres", trouble)))
        : new Health(true, failed);
  }

  /**
   * Works until it is interrupted or told to end.
   *
   * @param parallelism clients at once
   */
  public void run(int parallelism, BooleanSupplier ended) throws InterruptedException {
    while (!ended.getAsBoolean()) {
      try (Connection connection = metadata.getConnection();
          Notifications pending =
              new Notifications(connection, PATIENCE, Notifications.CLIENT_PENDING)) {
        listen(pending, parallelism, ended);
      } catch (SQLException e) {
        String reason = "PostgreSQL: " + StepFailed.firstLine(e);
        if (!reason.equals(postgres)) {
          trouble.accept(reason + "; trying again every %d s".formatted(RECONNECT.toSeconds()));
        }
        postgres = reason;
        TimeUnit.NANOSECONDS.sleep(RECONNECT.toNanos());
      }
    }
  }

  private void listen(Notifications pending, int parallelism, BooleanSupplier ended)
      throws SQLException {
    postgres = null;
    long lookAt = System.nanoTime();
    while (!ended.getAsBoolean()) {
      long now = System.nanoTime();
      if (now - lookAt >= 0 || pauses.values().stream().anyMatch(p -> now - p.untilNanos >= 0)) {
        provisionDue(parallelism);
        lookAt = System.nanoTime() + LOOK.toNanos();
      }
      if (!pending.await(LISTEN).isEmpty()) {
        lookAt = System.nanoTime();
      }
    }
  }

  private void provisionDue(int parallelism) throws SQLException {
    Set<String> pending = new HashSet<>(provisioner.pending());
    pauses.keySet().retainAll(pending);
    long now = System.nanoTime();
    List<String> due =
        pending.stream()
            .filter(id -> {
              Pause pause = pauses.get(id);
              return pause == null || now - pause.untilNanos >= 0;
            })
            .sorted()
            .toList();
    for (ProvisionOutcome outcome : provisioner.provision(due, parallelism, progress)) {
      switch (outcome) {
        case ProvisionOutcome.Failed(String client, String reason) -> pause(client, reason);
        case ProvisionOutcome.NotTried(String client, String why) -> pause(client, why);
        case ProvisionOutcome.Provisioned _, ProvisionOutcome.Unchanged _ ->
            pauses.remove(outcome.clientId());
      }
    }
    failed =
        pauses.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .limit(MOST_TOLD)
            .map(entry ->
                new Problem(
                    "client:" + entry.getKey(),
                    "Client " + entry.getKey() + ": " + entry.getValue().reason))
            .toList();
  }

  private void pause(String client, String reason) {
    pauses.merge(
        client,
        pause(FIRST_PAUSE, reason),
        (last, _) -> pause(last.length.multipliedBy(2), reason));
  }

  private static Pause pause(Duration length, String reason) {
    Duration bounded = length.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : length;
    return new Pause(bounded, System.nanoTime() + bounded.toNanos(), reason);
  }
}
