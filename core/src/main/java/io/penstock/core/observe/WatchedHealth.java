package io.penstock.core.observe;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A health question that is asked again and again, and remembers since when each problem is there.
 * Thread-safe.
 */
final class WatchedHealth {
  private final Supplier<Health> question;
  private final InstantSource clock;
  private Map<String, Instant> since = Map.of();

  /**
   * The body of an answer.
   *
   * @param problems the sentences alone
   */
  record Told(String status, List<String> problems, List<Detail> details) {}

  /**
   * A problem.
   *
   * @param since when this process saw it first, without a pause until now; to the second
   */
  record Detail(String id, Instant since, String problem) {}

  WatchedHealth(Supplier<Health> question, InstantSource clock) {
    this.question = question;
    this.clock = clock;
  }

  /** Asks. */
  synchronized Answer look() {
    Health health = question.get();
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Map<String, Instant> next = new HashMap<>();
    List<Detail> details =
        health.problems().stream()
            .map(problem -> {
              Instant first = next.computeIfAbsent(problem.id(), id -> since.getOrDefault(id, now));
              return new Detail(problem.id(), first, problem.text());
            })
            .toList();
    since = next;
    List<String> texts = health.problems().stream().map(Problem::text).toList();
    return new Answer(health.ok(), new Told(health.status(), texts, details));
  }

  /** What is answered. */
  record Answer(boolean ok, Told told) {}
}
