package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.observe.Problem;
import io.penstock.delivery.Reached;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final TopicPartition PARTITION = new TopicPartition("events", 3);
  private static final Uuid TOPIC = Uuid.randomUuid();
  private static final Reached NOT_STARTED = new Reached(null, -1, -1);

  private final AtomicLong nanos = new AtomicLong(-5);
  private final Progress progress = new Progress(PATIENCE, nanos::get);

  private void observe(Reached reached, long end) {
    progress.observe(Map.of(PARTITION, reached), Map.of(PARTITION, end));
  }

  private void observe(long durable, long read, long end) {
    observe(new Reached(TOPIC, durable, read), end);
  }

  /** So it stays, and is looked at every second. */
  private void stays(long seconds, Reached reached, long end) {
    for (long i = 0; i < seconds; i++) {
      pass(1);
      observe(reached, end);
    }
  }

  private void pass(long seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  @Test
  void whatIsReadAndNotCommittedIsToldWithItsPartition() {
    observe(10, 20, 30);
    stays(59, new Reached(TOPIC, 10, 25), 40);
    assertThat(progress.stalled()).isEmpty();
    assertThat(progress.longestSeconds()).isEqualTo(59);
    stays(1, new Reached(TOPIC, 10, 25), 40);
    assertThat(progress.stalled())
        .extracting(Problem::text)
        .containsExactly(
            "Partition events-3 makes no progress: durable up to offset 10 for 60 s, its log ends at 40;"
                + " read up to offset 25, and what was read is not stored or not committed");
    observe(11, 25, 40);
    assertThat(progress.stalled()).isEmpty();
    assertThat(progress.longestSeconds()).isZero();
  }

  @Test
  void anOpenTransactionIsToldEvenIfNothingIsAddedToTheLog() {
    observe(10, 10, 12);
    stays(60, new Reached(TOPIC, 10, 10), 12);
    assertThat(progress.stalled())
        .extracting(Problem::text)
        .singleElement()
        .asString()
        .endsWith("Kafka gives no records after it, as while a transaction is open");
  }

  @Test
  void anIdleTopicStandsStillForEverAndThenHasItsTime() {
    stays(3_600, new Reached(TOPIC, 10, 10), 10);
    assertThat(progress.stalled()).isEmpty();
    stays(59, new Reached(TOPIC, 10, 10), 500);
    assertThat(progress.stalled()).isEmpty();
  }

  @Test
  void aLargeBacklogThatIsWorkedOffIsProgress() {
    for (long durable = 0; durable < 100_000; durable += 1_000) {
      stays(50, new Reached(TOPIC, durable, durable + 1_000), 1_000_000);
    }
    assertThat(progress.stalled()).isEmpty();
  }

  @Test
  void aTaskThatStartsAgainAndAgainAtTheSameOffsetDoesNotMove() {
    for (int i = 0; i < 6; i++) {
      observe(10, 10, 40);
      pass(3);
      observe(12, 12, 40); // Markers of a transaction, and then it dies.
      pass(4);
      progress.observe(Map.of(), Map.of()); // No thread has it.
      pass(4);
      observe(NOT_STARTED, 40);
      pass(1);
    }
    observe(10, 10, 40);
    assertThat(progress.stalled()).singleElement().asString().contains("durable up to offset 12");
  }

  @Test
  void aTaskThatNeverStartsIsTold() {
    observe(NOT_STARTED, 0);
    stays(60, NOT_STARTED, 0);
    assertThat(progress.stalled())
        .extracting(Problem::text)
        .containsExactly(
            "Partition events-3 makes no progress: for 60 s its task has not started; its log ends at 0");
  }

  @Test
  void aPartitionThatIsAnotherRoutersIsForgottenAndStartsAnewWhenItComesBack() {
    stays(50, new Reached(TOPIC, 10, 20), 30);
    pass(29);
    progress.observe(Map.of(), Map.of());
    assertThat(progress.stalled()).as("nothing is known of the time since").isEmpty();
    pass(2);
    observe(10, 10, 30);
    stays(59, new Reached(TOPIC, 10, 20), 30);
    assertThat(progress.stalled()).isEmpty();
  }

  @Test
  void aTopicCreatedAnewBeginsAtNoughtAndMoves() {
    stays(40, new Reached(TOPIC, 1_000, 1_000), 2_000);
    stays(40, new Reached(Uuid.randomUuid(), 0, 0), 5_000);
    assertThat(progress.stalled()).isEmpty();
  }

  @Test
  void whileKafkaTellsNoEndsTheLastOnesCount() {
    progress.observe(Map.of(PARTITION, new Reached(TOPIC, 10, 10)), Map.of());
    stays(100, new Reached(TOPIC, 10, 10), 10);
    pass(20);
    progress.observe(Map.of(PARTITION, new Reached(TOPIC, 10, 10)), Map.of());
    assertThat(progress.longestSeconds()).isZero();
  }

  @Test
  void ofManyPartitionsAFewAreNamed() {
    Map<TopicPartition, Reached> reached = new HashMap<>();
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (int i = 0; i < 12; i++) {
      reached.put(new TopicPartition("events", i), new Reached(TOPIC, 1, 1));
      ends.put(new TopicPartition("events", i), 2L);
    }
    for (int i = 0; i <= 60; i++) {
      progress.observe(reached, ends);
      pass(1);
    }
    assertThat(progress.stalled())
        .hasSize(6)
        .extracting(Problem::text)
        .last()
        .isEqualTo("... and so do 7 more partitions");
  }
}
