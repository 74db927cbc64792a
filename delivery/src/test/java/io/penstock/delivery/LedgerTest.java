package io.penstock.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.penstock.core.ledger.LedgerEntry;
import io.penstock.core.ledger.LedgerEntry.Letters;
import io.penstock.core.ledger.LedgerEntry.Lost;
import io.penstock.core.ledger.LedgerEntry.Rows;
import io.penstock.core.ledger.OffsetDigest;
import io.penstock.core.rows.InsertOutcome.BadRows;
import io.penstock.core.rows.InsertOutcome.Written;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.junit.jupiter.api.Test;

/**
 * What the ledger says of blocks. That no offset moves before it says so is checked by {@link
 * Harness} at every commit of every test.
 */
class LedgerTest {
  private final Harness thread = new Harness();

  private LedgerEntry only() {
    assertThat(thread.ledger).hasSize(1);
    return thread.ledger.values().iterator().next();
  }

  private static long digest(long... offsets) {
    long sum = 0;
    for (long offset : offsets) {
      sum += OffsetDigest.mix(offset);
    }
    return sum;
  }

  @Test
  void anEntrySaysWhatBecameOfEachOffset() {
    Instant hour = Instant.parse("2026-03-01T10:00:00Z");
    thread.appendedAt = hour.plusMillis(5);
    thread.append("acme");
    thread.appendRaw("broken");
    thread.append("stranger");
    thread.appendAt(5, Harness.event("globex")); // 3 and 4 are markers of transactions.
    thread.appendedAt = hour.plusSeconds(3600);
    thread.append("acme");
    thread.append("acme");

    thread.processAll();
    thread.commitAll();

    LedgerEntry entry = only();
    assertThat(thread.entries()).containsExactly("[0, 8) 4 + 2 + 2 + 0");
    assertThat(entry.first()).isEqualTo(hour.plusMillis(5));
    assertThat(entry.last()).isEqualTo(hour.plusSeconds(3600));
    assertThat(entry.rows())
        .containsExactlyInAnyOrder(
            new Rows("acme", "events_base", hour, 1, digest(0)),
            new Rows("acme", "events_base", hour.plusSeconds(3600), 2, digest(6, 7)),
            new Rows("globex", "events_base", hour, 1, digest(5)));
    assertThat(entry.letters())
        .containsExactly(
            new Letters("", "MALFORMED_JSON", hour, 1), new Letters("", "UNKNOWN_CLIENT", hour, 1));
    assertThat(entry.tokens()).hasSize(64);
    assertThat(entry.router()).isEqualTo("router-1");
  }

  @Test
  void entriesOfAPartitionHaveNoHoles() {
    for (int block = 0; block < 3; block++) {
      thread.append("acme");
      thread.append("globex");
      thread.processAll();
      thread.commitAll();
    }

    assertThat(thread.entries())
        .containsExactly("[0, 2) 2 + 0 + 0 + 0", "[2, 4) 2 + 0 + 0 + 0", "[4, 6) 2 + 0 + 0 + 0");
  }

  @Test
  void rowsThatAreNotStoredAreLettersOfTheirClient() {
    thread.append("acme");
    thread.append("acme");
    thread.append("globex");
    thread.clickHouse.answers(insert ->
        insert.rows().stream().anyMatch(row -> row.offset() == 1)
            ? new BadRows(27, "event_time", "cannot parse")
            : new Written());

    thread.processAll();
    thread.commitAll();

    assertThat(thread.entries()).containsExactly("[0, 3) 2 + 1 + 0 + 0");
    assertThat(only().rows())
        .extracting(Rows::client, Rows::rows, Rows::digest)
        .containsExactlyInAnyOrder(tuple("acme", 1L, digest(0)), tuple("globex", 1L, digest(2)));
    assertThat(only().letters())
        .extracting(Letters::client, Letters::reason, Letters::records)
        .containsExactly(tuple("acme", "ROW_REJECTED", 1L));
  }

  /** A block of refused records has no intent, and an entry all the same. */
  @Test
  void aBlockWithoutRowsHasAnEntry() {
    thread.appendRaw("broken");
    thread.processAll();
    thread.commitAll();

    assertThat(thread.entries()).containsExactly("[0, 1) 0 + 1 + 0 + 0");
    assertThat(only().tokens()).isEmpty();
  }

  /** The letters' topic may take no letter however small: the event is then lost, and not fine. */
  @Test
  void aLetterThatWasGivenUpIsLost() {
    thread.deadLettersArrive = false;
    thread.discardsOversize = true;
    thread.restart();
    thread.tooLarge = true;
    thread.append("acme");
    thread.appendRaw("broken");

    thread.processAll();
    thread.commitAll();

    assertThat(thread.entries()).containsExactly("[0, 2) 1 + 0 + 0 + 1");
    assertThat(only().lost()).isEqualTo(new Lost(0, 0, 1));
  }

  @Test
  void recordsThatKafkaDeletedBeforeTheyWereReadAreLost() {
    for (int i = 0; i < 5; i++) {
      thread.append("acme");
    }
    thread.startTask();
    thread.poll();
    thread.process(2);
    thread.commit(2);
    thread.deletedBefore(4);
    thread.restart();

    thread.processAll();
    thread.commitAll();

    assertThat(thread.entries()).containsExactly("[0, 2) 2 + 0 + 0 + 0", "[2, 5) 1 + 0 + 0 + 2");
  }

  /** After a crash the block comes again, and its entry takes the place of the one before. */
  @Test
  void aBlockThatIsRepeatedIsOneEntry() {
    thread.append("acme");
    thread.append("globex");
    thread.processAll();
    thread.nextCommitFails(new CommitFailedException(), false);
    assertThatThrownBy(thread::commitAll).isInstanceOf(CommitFailedException.class);
    thread.append("acme");

    thread.restart();
    thread.processAll();
    thread.commitAll();

    assertThat(thread.entries()).containsExactly("[0, 3) 3 + 0 + 0 + 0");
  }

  @Test
  void whileTheLedgerTakesNothingNoOffsetMoves() {
    thread.ledgerFails = true;
    thread.append("acme");
    thread.processAll();

    assertThatThrownBy(thread::commitAll).isInstanceOf(CommitFailedException.class);

    assertThat(thread.committed()).isIn("", "0 AgAA|1:ID:1", "0 |1:ID:1");
    thread.ledgerFails = false;
    thread.restart();
    thread.processAll();
    thread.commitAll();
    assertThat(thread.clickHouse.stored("client_acme")).containsExactly(0L);
    assertThat(thread.entries()).containsExactly("[0, 1) 1 + 0 + 0 + 0");
  }

  /** What was gathered of a topic that is gone is stored, and has its entry under its id. */
  @Test
  void whatIsLostWithItsTopicIsSaidToBe() {
    thread.append("acme");
    thread.append("acme");
    thread.startTask();
    thread.poll();
    thread.process(1);
    thread.recreateTopic();

    assertThatThrownBy(thread::poll).hasMessageContaining("created anew");

    assertThat(thread.entries()).containsExactly("[0, 1) 1 + 0 + 0 + 0", "[1, 2) 0 + 0 + 0 + 1");
    assertThat(thread.ledger.values())
        .extracting(LedgerEntry::topicId)
        .containsOnly(Harness.TOPIC_ID);
    assertThat(List.copyOf(thread.ledger.values()).getLast().lost()).isEqualTo(new Lost(0, 1, 0));
  }
}
