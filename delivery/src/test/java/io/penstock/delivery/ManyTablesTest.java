package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.rows.InsertOutcome;
import io.penstock.core.rows.InsertOutcome.BadRows;
import io.penstock.core.rows.InsertOutcome.Written;
import io.penstock.delivery.insert.InMemoryTarget;
import io.penstock.delivery.insert.InMemoryTarget.Row;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

/**
 * Delivery with a contract that is not that of events: records with any number of rows, for several
 * tables and clients, beside a topic of events.
 */
class ManyTablesTest {
  private final Harness thread = new Harness(Harness.READINGS, Harness.PARTITION);

  /** {@code offset:index:value} of each stored row, in the order in which they were stored. */
  private List<String> stored(String client, String table) {
    return thread.clickHouse.rows("client_" + client, table).stream().map(this::text).toList();
  }

  private String text(Row row) {
    int length = row.bytes().charAt(4);
    return "%d:%d:%s"
        .formatted(row.offset(), (int) row.bytes().charAt(0), row.bytes().substring(5, 5 + length));
  }

  private void takeAll() {
    thread.processAll();
    thread.commitAll();
  }

  @Test
  void aRecordsRowsGoToEachOfTheirTablesAndClients() {
    thread.appendTo(Harness.READINGS, "acme: acme/meters=1 acme/alarms=2 globex/meters=3");
    thread.appendTo(Harness.READINGS, "acme: acme/meters=4 acme/meters=5");
    thread.appendTo(Harness.READINGS, "acme:");

    takeAll();

    assertThat(stored("acme", "meters")).containsExactly("0:0:1", "1:0:4", "1:1:5");
    assertThat(stored("acme", "alarms")).containsExactly("0:1:2");
    assertThat(stored("globex", "meters")).containsExactly("0:2:3");
    assertThat(thread.committed(Harness.READINGS)).startsWith("3 ");
    assertThat(thread.hub.bytes()).isZero();
  }

  @Test
  void topicsOfSeveralContractsAreCommittedTogether() {
    thread.appendTo(Harness.READINGS, "acme: acme/meters=1");
    thread.appendTo(Harness.PARTITION, Harness.event("acme"));
    thread.appendTo(Harness.PARTITION, "broken");

    takeAll();

    assertThat(stored("acme", "meters")).containsExactly("0:0:1");
    assertThat(thread.clickHouse.stored("client_acme")).containsExactly(0L);
    assertThat(thread.deadLetters()).containsExactly("events-0-1 MALFORMED_JSON");
    assertThat(thread.committed(Harness.READINGS)).startsWith("1 ");
    assertThat(thread.committed(Harness.PARTITION)).startsWith("2 ");
  }

  @Test
  void tablesOfOneClientHaveTokensOfTheirOwn() {
    thread.appendTo(Harness.READINGS, "acme: acme/meters=1 acme/alarms=1");

    takeAll();

    assertThat(thread.clickHouse.inserts())
        .extracting(InMemoryTarget.Insert::token)
        .doesNotHaveDuplicates()
        .hasSize(2);
  }

  /** One letter for the record, however many of its rows are refused, and by whichever table. */
  @Test
  void aRecordWithRefusedRowsIsOneDeadLetter() {
    thread.appendTo(Harness.READINGS, "acme: acme/meters=1 acme/meters=bad acme/alarms=bad");
    thread.appendTo(Harness.READINGS, "acme: acme/meters=2");
    thread.clickHouse.answers(ManyTablesTest::refusesBadRows);

    takeAll();

    assertThat(stored("acme", "meters")).containsExactly("0:0:1", "1:0:2");
    assertThat(stored("acme", "alarms")).isEmpty();
    assertThat(thread.deadLetters()).containsExactly("readings-0-0 ROW_REJECTED");
    assertThat(new String(thread.producer.history().getFirst().value(), UTF_8))
        .isEqualTo("acme: acme/meters=1 acme/meters=bad acme/alarms=bad");
    assertThat(thread.committed(Harness.READINGS)).startsWith("2 ");
  }

  private static InsertOutcome refusesBadRows(InMemoryTarget.Insert insert) {
    return insert.rows().stream().anyMatch(row -> row.bytes().contains("bad"))
        ? new BadRows(27, "value", "cannot parse")
        : new Written();
  }

  /** Kafka has deleted the record: the letter is made of the row, by its contract. */
  @Test
  void aLetterOfARecordThatIsGoneIsMadeByTheContract() {
    thread.appendTo(Harness.READINGS, "acme: globex/meters=bad");
    thread.appendTo(Harness.READINGS, "acme: acme/meters=2");
    thread.clickHouse.answers(ManyTablesTest::refusesBadRows);
    thread.processAll();
    thread.deletedBefore(1);

    thread.commitAll();

    assertThat(thread.deadLetters()).containsExactly("readings-0-0 ROW_REJECTED");
    assertThat(new String(thread.producer.history().getFirst().value(), UTF_8))
        .isEqualTo("globex: globex/meters=bad");
    assertThat(Harness.header(thread.producer.history().getFirst(), DeadLetterHeaders.ORIGINAL))
        .isEqualTo("gone");
  }

  @Test
  void rowsThatABugLeftHalfWrittenAreTakenBack() {
    thread.appendTo(Harness.READINGS, "acme: acme/meters=1 globex/meters=2 acme/meters=bug");
    thread.appendTo(Harness.READINGS, "acme: acme/meters=3");

    takeAll();

    assertThat(stored("acme", "meters")).containsExactly("1:0:3");
    assertThat(stored("globex", "meters")).isEmpty();
    assertThat(thread.deadLetters()).containsExactly("readings-0-0 PROCESSING_FAILED");
  }

  /** The next owner repeats the block with the same tokens, so that nothing shows twice. */
  @Test
  void aBlockThatWasLeftOpenIsRepeatedRowByRow() {
    thread.appendTo(Harness.READINGS, "acme: acme/meters=1 acme/meters=2 globex/alarms=3");
    thread.appendTo(Harness.READINGS, "acme: acme/meters=4");
    thread.processAll();
    thread.clickHouse.storesButAnswers(new InsertOutcome.Retryable(210, "connection reset"));
    thread.commitAll();
    assertThat(thread.committed(Harness.READINGS)).startsWith("0 ").endsWith(":2");
    thread.clickHouse.answers(_ -> new Written());

    thread.restart();
    Map<?, OffsetAndMetadata> _ = thread.startTask();
    thread.poll();
    thread.process(2);
    thread.commitAll();

    assertThat(stored("acme", "meters")).containsExactly("0:0:1", "0:1:2", "1:0:4");
    assertThat(stored("globex", "alarms")).containsExactly("0:2:3");
    assertThat(thread.committed(Harness.READINGS)).startsWith("2 ");
  }

  /** Of an insert that a killed server has in part, exactly the missing rows come again. */
  @Test
  void rowsAreReadBackEachByItsId() {
    thread.appendTo(Harness.READINGS, "acme: acme/meters=1 acme/meters=1");
    thread.processAll();
    thread.clickHouse.tearsNextInsert();

    thread.commitAll();

    assertThat(stored("acme", "meters")).containsExactly("0:0:1", "0:1:1");
  }
}
