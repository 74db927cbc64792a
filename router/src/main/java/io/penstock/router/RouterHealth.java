package io.penstock.router;

import io.penstock.core.observe.Health;
import io.penstock.router.sink.Outages;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams;

/** Whether the router should be restarted, and whether it does its work. Thread-safe. */
final class RouterHealth {
  private final KafkaStreams streams;
  private final Outages outages;
  private final LongSupplier waitingRecords;
  private final Supplier<List<String>> stopped;

  /**
   * @param stopped why partitions are not read, a sentence each
   */
  RouterHealth(
      KafkaStreams streams,
      Outages outages,
      LongSupplier waitingRecords,
      Supplier<List<String>> stopped) {
    this.stopped = stopped;
    this.streams = streams;
    this.outages = outages;
    this.waitingRecords = waitingRecords;
  }

  /** Fails when only a restart can help. */
  Health live() {
    KafkaStreams.State state = streams.state();
    return state == KafkaStreams.State.ERROR
        ? Health.of(List.of("Kafka Streams is in state ERROR: every stream thread has ended"))
        : Health.GOOD;
  }

  /**
   * Fails while events are not on their way into ClickHouse. With one of several targets down and
   * its clients' events becoming dead letters it does not: the others' are on their way, and
   * another router would fare no better. The reason is told all the same.
   */
  Health ready() {
    List<String> problems = new ArrayList<>();
    KafkaStreams.State state = streams.state();
    if (state != KafkaStreams.State.RUNNING) {
      problems.add("Kafka Streams is in state " + state);
    }
    problems.addAll(outages.reasons());
    long waiting = waitingRecords.getAsLong();
    if (waiting > 0) {
      problems.add(
          "Client metadata: neither Redis nor PostgreSQL answers; records that wait for it: "
              + waiting);
    }
    List<String> still = stopped.get();
    problems.addAll(still);
    boolean ok =
        state == KafkaStreams.State.RUNNING
            && !outages.isHolding()
            && waiting == 0
            && still.isEmpty();
    return new Health(ok, problems);
  }
}
