package io.penstock.router;

import io.penstock.core.observe.Health;
import io.penstock.core.observe.Problem;
import io.penstock.delivery.GuardedClientSupplier;
import io.penstock.delivery.insert.Outages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams;

/**
 * Whether the router should be restarted, and whether it does its work (docs/adr/0017).
 * Thread-safe.
 *
 * @param heldUp which partitions others' transactions hold up
 */
record RouterHealth(
    KafkaStreams streams,
    KafkaWatch kafka,
    Outages outages,
    GuardedClientSupplier threads,
    Supplier<List<Problem>> heldUp) {
  /** Three times what the group allows: by then its partitions are others', and it is stuck. */
  private static final Duration LONGEST_SILENCE = Duration.ofMinutes(15);

  /** Fails when only a restart can help: of servers that do not answer it knows nothing. */
  Health live() {
    List<Problem> problems = new ArrayList<>();
    if (streams.state() == KafkaStreams.State.ERROR) {
      problems.add(
          new Problem(
              "streams-state", "Kafka Streams is in state ERROR: every stream thread has ended"));
    }
    Duration stuck = Duration.ofNanos(System.nanoTime() - threads.polledNanos());
    if (stuck.compareTo(LONGEST_SILENCE) >= 0) {
      problems.add(
          new Problem(
              "stream-thread-stuck",
              "A stream thread is stuck: it has not polled for %d minutes"
                  .formatted(stuck.toMinutes())));
    }
    return Health.of(problems);
  }

  /**
   * Fails while events are not on their way into ClickHouse; the more special reasons come first.
   * With one of several targets down and its clients' events becoming dead letters it does not: the
   * others' are on their way, and another router would fare no better. The reason is told all the
   * same.
   */
  Health ready() {
    List<Problem> failing = new ArrayList<>();
    KafkaStreams.State state = streams.state();
    if (state != KafkaStreams.State.RUNNING) {
      failing.add(new Problem("streams-state", "Kafka Streams is in state " + state));
    }
    failing.addAll(kafka.silence());
    boolean holds = outages.isHolding();
    List<Problem> down = outages.reasons();
    if (holds) {
      failing.addAll(down);
    }
    long waiting = threads.waitingRecords();
    if (waiting > 0) {
      failing.add(
          new Problem(
              "client-metadata",
              "Client metadata: neither Redis nor PostgreSQL answers; records that wait for it: "
                  + waiting));
    }
    failing.addAll(threads.stopped());
    failing.addAll(heldUp.get());
    failing.addAll(kafka.stalled());
    boolean ok = failing.isEmpty();
    if (!holds) {
      failing.addAll(down);
    }
    return new Health(ok, failing);
  }
}
