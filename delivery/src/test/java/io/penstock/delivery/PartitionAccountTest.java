package io.penstock.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.rows.Source;
import io.penstock.delivery.block.Memory;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class PartitionAccountTest {
  private static final Uuid TOPIC = Uuid.randomUuid();

  private final PartitionAccount account = startingAt(new CommittedOffset.State.Settled());

  private static PartitionAccount startingAt(CommittedOffset.State state) {
    return new PartitionAccount(
        new Source(TOPIC, new TopicPartition("readings", 0)),
        new Readings(),
        new CommittedOffset(100, "", CommittedOffset.VERSION, TOPIC, state, null),
        0,
        new Memory());
  }

  private static IncomingRecord record(long offset) {
    return new IncomingRecord(offset, 0, null, null, new RecordHeaders());
  }

  private void commit(long end) {
    var _ = account.open(end);
    account.close(end, "");
  }

  @Test
  void recordsAreDurableOnceTheirEndIsCommitted() {
    account.delivered(2, 102);
    assertThat(account.reached()).isEqualTo(new Reached(TOPIC, 100, 102));
    account.finished(record(100));
    account.finished(record(101));
    assertThat(account.reached()).as("not committed yet").isEqualTo(new Reached(TOPIC, 100, 102));
    commit(102);
    assertThat(account.reached()).isEqualTo(new Reached(TOPIC, 102, 102));
    assertThat(account.notDurable()).isZero();
  }

  /** Whether or not they are committed over: an idle topic does not stand still. */
  @Test
  void markersOfTransactionsBehindTheLastRecordNeedNoCommit() {
    account.delivered(0, 103);
    assertThat(account.reached()).isEqualTo(new Reached(TOPIC, 103, 103));
    account.delivered(1, 104);
    account.finished(record(103));
    account.delivered(0, 105);
    assertThat(account.notDurable()).isEqualTo(5);
    commit(104);
    assertThat(account.reached()).isEqualTo(new Reached(TOPIC, 105, 105));
    assertThat(account.notDurable()).isZero();
  }

  @Test
  void aBlockThatThePreviousOwnerLeftOpenIsNotDurable() {
    PartitionAccount next = startingAt(new CommittedOffset.State.BlockOpen(110));
    assertThat(next.reached().durable()).isEqualTo(100);
    next.delivered(0, 120);
    assertThat(next.reached().durable()).isEqualTo(100);
  }
}
