package io.penstock.router.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.kafka.CommittedOffset;
import io.penstock.router.sink.RowMemory;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private static final Uuid TOPIC = Uuid.randomUuid();

  private final Ledger ledger = startingAt(CommittedOffset.NO_BLOCK);

  private static Ledger startingAt(long openBlockEnd) {
    return new Ledger(
        new TopicPartition("events", 0),
        TOPIC,
        new CommittedOffset(100, "", CommittedOffset.VERSION, TOPIC, openBlockEnd),
        0,
        new RowMemory());
  }

  private void commit(long end) {
    var _ = ledger.open(end);
    ledger.close(new OffsetAndMetadata(end, ""));
  }

  @Test
  void recordsAreDurableOnceTheirEndIsCommitted() {
    ledger.delivered(2, 102);
    assertThat(ledger.reached()).isEqualTo(new Reached(TOPIC, 100, 102));
    ledger.finished(100);
    ledger.finished(101);
    assertThat(ledger.reached()).as("not committed yet").isEqualTo(new Reached(TOPIC, 100, 102));
    commit(102);
    assertThat(ledger.reached()).isEqualTo(new Reached(TOPIC, 102, 102));
    assertThat(ledger.notDurable()).isZero();
  }

  /** Whether or not they are committed over: an idle topic does not stand still. */
  @Test
  void markersOfTransactionsBehindTheLastRecordNeedNoCommit() {
    ledger.delivered(0, 103);
    assertThat(ledger.reached()).isEqualTo(new Reached(TOPIC, 103, 103));
    ledger.delivered(1, 104);
    ledger.finished(103);
    ledger.delivered(0, 105);
    assertThat(ledger.notDurable()).isEqualTo(5);
    commit(104);
    assertThat(ledger.reached()).isEqualTo(new Reached(TOPIC, 105, 105));
    assertThat(ledger.notDurable()).isZero();
  }

  @Test
  void aBlockThatThePreviousOwnerLeftOpenIsNotDurable() {
    Ledger next = startingAt(110);
    assertThat(next.reached().durable()).isEqualTo(100);
    next.delivered(0, 120);
    assertThat(next.reached().durable()).isEqualTo(100);
  }
}
