package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.rows.InsertOutcome.BadRows;
import io.penstock.core.rows.InsertOutcome.ClientTrouble;
import io.penstock.core.rows.InsertOutcome.Retryable;
import io.penstock.core.rows.InsertOutcome.Written;
import io.penstock.delivery.insert.InMemoryTarget.Insert;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.junit.jupiter.api.Test;

/** One client's, one target's, one record's trouble, and whom it concerns besides. */
class TroubleTest {
  private static final ClientTrouble NO_TABLE = new ClientTrouble(60, "no such table");

  private final Harness router = new Harness();

  // ---- a client

  @Test
  void aClientInTroubleIsNotAskedForWithEveryBlock() {
    troubled("acme");
    block("acme", "globex");
    assertThat(insertsOf("client_acme")).isEqualTo(3);

    block("acme", "globex");

    assertThat(insertsOf("client_acme")).isEqualTo(3);
    assertThat(router.deadLetters())
        .containsExactly("events-0-0 CLIENT_UNAVAILABLE", "events-0-2 CLIENT_UNAVAILABLE");
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(1L, 3L);
    assertThat(router.breakers.count()).isEqualTo(1);
  }

  @Test
  void oneInsertAfterThePauseTellsWhetherTheTroubleIsOver() {
    troubled("acme");
    block("acme");
    router.nanos = seconds(5);
    block("acme");
    assertThat(insertsOf("client_acme")).isEqualTo(4);

    // The second pause is twice as long.
    router.nanos = seconds(14);
    block("acme");
    assertThat(insertsOf("client_acme")).isEqualTo(4);

    router.clickHouse.answers(insert -> new Written());
    router.nanos = seconds(15);
    block("acme");
    block("acme");

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(3L, 4L);
    assertThat(router.breakers.count()).isZero();
  }

  @Test
  void aTableThatTakesNothingForAWholeAttemptIsItsClientsTrouble() {
    router.clickHouse.answers(insert ->
        insert.database().equals("client_acme")
            ? new Retryable(252, "too many parts")
            : new Written());

    block("acme", "globex");

    assertThat(router.deadLetters()).containsExactly("events-0-0 CLIENT_UNAVAILABLE");
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(1L);
    assertThat(router.pauses).isEmpty();
  }

  @Test
  void aServerThatFailedAndIsBackIsNoClientsTrouble() {
    router.clickHouse.answers(insert -> new Retryable(210, "connection reset"));
    router.append("acme");
    router.processAll();

    router.commit(1);
    router.commit(1);

    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.committed()).isEqualTo("0 |1:ID:1");
    router.clickHouse.answers(insert -> new Written());
    router.commit(1);
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L);
    assertThat(router.clickHouse.inserts()).extracting(Insert::token).containsOnly(token());
  }

  @Test
  void aClientWhoseInsertsAloneNeverEndIsParkedAfterThreeAttempts() {
    router.clickHouse.answers(insert ->
        insert.database().equals("client_acme") ? new Retryable(210, "timeout") : new Written());
    router.append("acme");
    router.append("globex");
    router.processAll();

    router.commit(2);
    router.commit(2);
    assertThat(router.committed()).isEqualTo("0 |1:ID:2");
    router.commit(2);

    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
    assertThat(router.deadLetters()).containsExactly("events-0-0 CLIENT_UNAVAILABLE");
  }

  // ---- a target that answers and takes nothing

  @Test
  void aFullDiskHoldsTheCommitAndParksNobodyHoweverLongItLasts() {
    router.clickHouse.answers(insert -> new Retryable(243, "not enough space"));
    router.append("acme");
    router.append("globex");
    router.processAll();
    router.commit(2);
    assertThat(router.outages.isHolding()).isTrue();
    assertThat(router.outages.reasons())
        .singleElement()
        .asString()
        .contains("takes no rows", "243 NOT_ENOUGH_SPACE");

    for (int i = 1; i <= 5; i++) {
      router.nanos = seconds(100L * i);
      awaitTrial();
      assertThat(router.outages.isHolding()).as("not known to be over").isTrue();
      router.commit(2);
    }
    router.clickHouse.answers(insert -> new Written());
    router.nanos = seconds(600);
    awaitTrial();
    router.commit(2);

    assertThat(router.outages.reasons()).isEmpty();
    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L);
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(1L);
    assertThat(router.breakers.count()).isZero();
  }

  @Test
  void whatOnlyATableSaysParksNobodyWhileNoOthersRowsAreTaken() {
    // All tables of a cluster are read-only while its Keeper is away.
    router.clickHouse.answers(insert -> new Retryable(242, "read only"));
    router.append("acme");
    router.append("globex");
    router.processAll();

    router.commit(2);
    router.commit(2);
    router.commit(2);
    router.commit(2);

    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.outages.isHolding()).isTrue();
  }

  // ---- a code that nobody has classified

  @Test
  void anUnknownCodeOfOneRowIsThatRowsAlone() {
    router.clickHouse.answers(insert ->
        insert.offsets().contains(3L) ? new ClientTrouble(36, "bad arguments") : new Written());

    block(IntStream.range(0, 200).mapToObj(i -> "acme").toArray(String[]::new));

    assertThat(router.deadLetters()).containsExactly("events-0-3 ROW_REJECTED");
    assertThat(router.clickHouse.stored("client_acme")).hasSize(199).doesNotHaveDuplicates();
    assertThat(router.breakers.count()).isZero();
  }

  @Test
  void anUnknownCodeOfAllRowsIsTheClientsAfterOneHalving() {
    router.clickHouse.answers(insert -> new ClientTrouble(36, "bad arguments"));

    block("acme", "acme", "acme", "acme");

    assertThat(reasons()).hasSize(4).containsOnly("CLIENT_UNAVAILABLE");
    assertThat(router.clickHouse.inserts())
        .extracting(Insert::offsets)
        .contains(List.of(0L, 1L, 2L, 3L), List.of(0L, 1L), List.of(2L, 3L))
        .allMatch(offsets -> offsets.size() > 1);
    assertThat(router.breakers.count()).isEqualTo(1);
  }

  // ---- a materialized view

  @Test
  void whatAViewRefusedAndTheTableTookIsStoredAndNoDeadLetter() {
    router.clickHouse.storesButAnswers(new BadRows(6, "amount", "cannot parse"));

    block("acme", "acme");

    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L);
    assertThat(router.clickHouse.inserts()).hasSize(1);
  }

  // ---- a torn insert

  @Test
  void anInsertThatAKilledServerRemembersWithoutItsRowsIsMadeUpFor() {
    router.clickHouse.tearsNextInsert();

    block("acme", "acme");

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L);
    assertThat(router.clickHouse.inserts()).hasSize(2);
  }

  @Test
  void aTornInsertIsMadeUpForByTheNextOwnerToo() {
    router.append("acme");
    router.append("acme");
    router.processAll();
    router.clickHouse.tearsNextInsert();
    router.clickHouse.isUp(false);
    router.clickHouse.answers(insert -> new Retryable(210, "refused"));
    router.commit(2);
    assertThat(router.committed()).isEqualTo("0 |1:ID:2");

    router.clickHouse.isUp(true);
    router.clickHouse.answers(insert -> new Written());
    await("resume");
    router.restart();
    router.processAll();
    router.commit(2);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L);
    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
  }

  @Test
  void anInsertWhoseAnswerWasLostIsNotStoredTwice() {
    router.append("acme");
    router.processAll();
    router.clickHouse.storesButAnswers(new Retryable(210, "reset"));
    router.commit(1);
    router.clickHouse.answers(insert -> new Written());

    router.commit(1);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L);
  }

  // ---- a target

  @Test
  void rowsOfATargetThatIsDownAreParkedAfterAWhileForTheOthersSake() {
    router.placesElsewhere("globex");
    isDown(router.elsewhere);
    router.append("acme");
    router.append("globex");
    router.processAll();
    router.commit(2);
    assertThat(router.pauses).containsExactly("pause");
    assertThat(router.committed()).isEqualTo("0 |1:ID:2");
    assertThat(router.outages.reasons()).singleElement().asString().contains("intake is paused");

    router.nanos = seconds(60);
    await("resume");
    router.commit(2);

    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L);
    assertThat(router.deadLetters()).containsExactly("events-0-1 CLIENT_UNAVAILABLE");
    assertThat(router.outages.reasons()).singleElement().asString().contains("become dead letters");
    assertThat(router.breakers.count()).isZero();
  }

  @Test
  void whileAllTargetsAreDownNothingIsParked() {
    router.placesElsewhere("globex");
    isDown(router.elsewhere);
    isDown(router.clickHouse);
    router.append("acme");
    router.append("globex");
    router.processAll();
    router.commit(2);
    router.commit(2);

    router.nanos = seconds(3_600);
    router.commit(2);

    assertThat(router.committed()).isEqualTo("0 |1:ID:2");
    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.pauses).containsExactly("pause");
  }

  // ---- rows

  @Test
  void rowsOfATargetThatThereIsNotAreParkedUntilItIsThere() {
    router.targetRows = List.of();
    router.placesElsewhere("globex");
    block("acme", "globex");
    assertThat(router.deadLetters()).containsExactly("events-0-1 CLIENT_UNAVAILABLE");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L);

    router.targetRows = Harness.ELSEWHERE;
    router.nanos = seconds(5);
    block("globex");

    assertThat(router.elsewhere.stored("client_globex")).containsExactly(2L);
    assertThat(router.pauses).isEmpty();
  }

  @Test
  void rowsOfATargetThatNobodyCanTellOfWaitHoweverLongItTakes() {
    router.targetRows = null;
    router.placesElsewhere("globex");
    router.append("acme");
    router.append("globex");
    router.processAll();
    router.commit(2);
    await("pause");
    router.nanos = seconds(86_400);
    router.commit(2);
    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.committed()).isEqualTo("0 |1:ID:2");
    assertThat(router.outages.reasons())
        .singleElement()
        .asString()
        .contains("elsewhere is not known here yet, intake is paused: PostgreSQL");

    router.targetRows = Harness.ELSEWHERE;
    router.nanos = seconds(86_405);
    await("resume");
    router.commit(2);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L);
    assertThat(router.elsewhere.stored("client_globex")).containsExactly(1L);
    assertThat(router.deadLetters()).isEmpty();
  }

  // ---- a limit

  @Test
  void eventsAboveAClientsLimitAreDeadLettersAndOthersGoOn() {
    router.limits("acme", 2);

    block("acme", "globex", "acme", "acme", "globex");
    block("acme");

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 2L);
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(1L, 4L);
    assertThat(router.deadLetters())
        .containsExactly("events-0-3 QUOTA_EXCEEDED", "events-0-5 QUOTA_EXCEEDED");
  }

  @Test
  void theNextOwnerBeginsToCountAnewAndEveryEventIsStoredOrADeadLetter() {
    router.limits("acme", 2);
    block("acme", "acme", "acme");
    router.restart();
    router.startTask();

    block("acme", "acme", "acme");

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 3L, 4L);
    assertThat(router.deadLetters()).containsExactly("events-0-5 QUOTA_EXCEEDED");
  }

  @Test
  void aFewBadRowsOfASmallBatchAreDeadLettersOfTheirOwn() {
    router.clickHouse.answers(insert -> new BadRows(469, "price", "violated"));

    block("acme", "acme", "acme");

    assertThat(reasons()).containsExactly("ROW_REJECTED", "ROW_REJECTED", "ROW_REJECTED");
  }

  @Test
  void aBatchOfWhichTooManyRowsAreBadIsParkedAsOneCause() {
    // Of 200 rows 20 may be bad; every second one is.
    router.clickHouse.answers(insert ->
        insert.offsets().stream().anyMatch(offset -> offset % 2 == 1)
            ? new BadRows(53, "price", "type mismatch")
            : new Written());

    block(IntStream.range(0, 200).mapToObj(i -> "acme").toArray(String[]::new));

    assertThat(reasons()).containsOnly("CLIENT_UNAVAILABLE");
    long stored = router.clickHouse.stored("client_acme").size();
    assertThat(stored).isBetween(1L, 30L);
    assertThat(reasons()).hasSize(200 - (int) stored);
    assertThat(router.clickHouse.inserts().size()).isLessThan(100);
    assertThat(header(0, DeadLetterHeaders.FINGERPRINT))
        .isEqualTo(header(199 - (int) stored, DeadLetterHeaders.FINGERPRINT));
  }

  // ---- a record

  @Test
  void aRecordThatMeetsABugEachTimeIsADeadLetterWithTheStackTrace() {
    router.breaksOn("globex", new IllegalStateException("a bug"), 3);

    block("acme", "globex", "acme");

    assertThat(router.deadLetters()).containsExactly("events-0-1 PROCESSING_FAILED");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 2L);
    assertThat(header(0, DeadLetterHeaders.STACK_TRACE))
        .contains("IllegalStateException: a bug", "\tat ");
    assertThat(header(0, DeadLetterHeaders.FINGERPRINT))
        .isEqualTo("intake:PROCESSING_FAILED:0:IllegalStateException");
  }

  @Test
  void aBugThatPassesCostsNothing() {
    router.breaksOn("globex", new IllegalStateException("a race"), 2);

    block("globex");

    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(0L);
  }

  @Test
  void aDeadLetterThatIsTooLargeIsSentAgainWithoutTheRecordsHeaders() {
    router.deadLettersArrive = false;
    router.restart();
    router.append(
        0,
        "broken",
        new RecordHeaders().add("large", new byte[100]).add("penstock.dlq.key", new byte[1]));
    router.processAll();
    router.producer.errorNext(new RecordTooLargeException("too large"));

    router.commit(1);

    assertThat(router.producer.history()).hasSize(2);
    var trimmed = router.producer.history().getLast();
    assertThat(new String(trimmed.value(), UTF_8)).isEqualTo("broken");
    assertThat(trimmed.headers().lastHeader("large")).isNull();
    assertThat(Harness.header(trimmed, DeadLetterHeaders.REASON)).isEqualTo("MALFORMED_JSON");
    assertThat(Harness.header(trimmed, DeadLetterHeaders.KEY)).isEqualTo("key");
    assertThat(Harness.header(trimmed, DeadLetterHeaders.TRIMMED)).isEqualTo("true");
    assertThat(router.committed()).isEqualTo("1 AgAA|1:ID");
  }

  @Test
  void aDeadLetterWhoseValueDoesNotFitTellsItsSizeAndDigest() {
    router.deadLettersArrive = false;
    router.restart();
    router.appendRaw("broken");
    router.processAll();
    router.producer.errorNext(new RecordTooLargeException("too large"));
    router.appendRaw("broken too");
    router.poll();
    router.process(1);
    // The first letter's short form follows the second letter.
    router.producer.completeNext();
    router.producer.errorNext(new RecordTooLargeException("too large"));

    router.commit(2);

    var letter = router.producer.history().getLast();
    assertThat(new String(letter.key(), UTF_8)).isEqualTo("events:AAAAAAAAABEAAAAAAAAABA-0-0");
    assertThat(letter.value()).isEmpty();
    assertThat(Harness.header(letter, DeadLetterHeaders.REASON)).isEqualTo("MALFORMED_JSON");
    assertThat(Harness.header(letter, DeadLetterHeaders.ORIGINAL)).isEqualTo("left-out");
    assertThat(Harness.header(letter, DeadLetterHeaders.VALUE_SIZE)).isEqualTo("6");
    assertThat(Harness.header(letter, DeadLetterHeaders.VALUE_SHA256))
        .isEqualTo("f526795c95399cea27c055c842c3d6ab018ed0fa4f66f701c28ab22dec28237b");
    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
  }

  @Test
  void aRefusedRowWhoseRecordKafkaHasDeletedIsALetterOfWhatTheRowTells() {
    router.clickHouse.answers(insert ->
        insert.database().equals("client_acme")
            ? new BadRows(469, "price", "violated")
            : new Written());
    router.append("acme");
    router.append("globex");
    router.append("acme");
    router.processAll();
    router.deletedBefore(1);

    router.commit(3);

    assertThat(router.deadLetters())
        .containsExactly("events-0-0 ROW_REJECTED", "events-0-2 ROW_REJECTED");
    assertThat(header(0, DeadLetterHeaders.ORIGINAL)).isEqualTo("gone");
    assertThat(new String(router.producer.history().getFirst().value(), UTF_8))
        .startsWith("{\"client_id\":\"acme\",\"event_name\":\"click\",\"event_id\":\"")
        .doesNotContain("api_key_hash");
    var second = router.producer.history().getLast();
    assertThat(second.headers().lastHeader(DeadLetterHeaders.ORIGINAL)).isNull();
    assertThat(new String(second.value(), UTF_8)).isEqualTo(Harness.event("acme"));
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(1L);
    assertThat(router.committed()).isEqualTo("3 AgAA|1:ID");
  }

  @Test
  void aRecordOfATopicThatWasCreatedAnewIsNotTakenForTheRefusedOne() {
    router.clickHouse.answers(insert -> new BadRows(469, "price", "violated"));
    router.append("acme");
    router.processAll();
    router.recreateTopic();
    router.append("globex");

    assertThatThrownBy(router::poll).isInstanceOf(TaskMigratedException.class);

    assertThat(reasons()).containsExactly("ROW_REJECTED");
    assertThat(header(0, DeadLetterHeaders.ORIGINAL)).isEqualTo("gone");
    assertThat(new String(router.producer.history().getFirst().value(), UTF_8))
        .contains("\"client_id\":\"acme\"");
  }

  @Test
  void whenAllOfTheLogIsGoneTheBlockStillEnds() {
    router.clickHouse.answers(insert -> new BadRows(469, "price", "violated"));
    router.append("acme");
    router.append("acme");
    router.processAll();
    router.deletedBefore(2);

    router.commit(2);

    assertThat(reasons()).containsExactly("ROW_REJECTED", "ROW_REJECTED");
    assertThat(header(1, DeadLetterHeaders.ORIGINAL)).isEqualTo("gone");
    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
  }

  @Test
  void aDeadLetterThatNeverFitsStopsTheRouterBeforeIt() {
    router.deadLettersArrive = false;
    router.tooLarge = true;
    router.restart();
    router.appendRaw("broken");
    router.processAll();

    assertThatThrownBy(() -> router.commit(1))
        .isInstanceOf(OversizeDeadLetterException.class)
        .hasMessageContaining("events:AAAAAAAAABEAAAAAAAAABA-0-0")
        .hasMessageContaining("even without its value")
        .hasMessageContaining("max.message.bytes")
        .hasMessageContaining("penstock.router.dead.letter.oversize=discard");
    router.consumer.close();

    assertThat(router.commits).isEmpty();
  }

  @Test
  void aDeadLetterThatNeverFitsMayBeDiscarded() {
    router.deadLettersArrive = false;
    router.tooLarge = true;
    router.discardsOversize = true;
    router.restart();
    router.appendRaw("broken");
    router.processAll();

    router.commit(1);

    assertThat(router.committed()).isEqualTo("1 AgAA|1:ID");
  }

  // ---- shorthands

  /** Appends an event of each client, processes and commits them. */
  private void block(String... clients) {
    if (router.hub.bytes() == 0 && router.committed().isEmpty()) {
      router.startTask();
    }
    long end = 0;
    for (String client : clients) {
      end = router.append(client) + 1;
    }
    router.poll();
    router.process(clients.length);
    router.commit(end);
    assertThat(router.committed()).isEqualTo(end + " AgAA|1:ID");
  }

  private void troubled(String client) {
    router.clickHouse.answers(
        insert -> insert.database().equals("client_" + client) ? NO_TABLE : new Written());
  }

  private static void isDown(io.penstock.delivery.insert.InMemoryTarget target) {
    target.answers(insert -> new Retryable(210, "refused"));
    target.isUp(false);
  }

  private int insertsOf(String database) {
    return (int)
        router.clickHouse.inserts().stream()
            .filter(insert -> insert.database().equals(database))
            .count();
  }

  private List<String> reasons() {
    return router.deadLetters().stream()
        .map(letter -> letter.substring(letter.indexOf(' ') + 1))
        .toList();
  }

  private String header(int letter, String name) {
    return Harness.header(router.producer.history().get(letter), name);
  }

  private String token() {
    return router.clickHouse.inserts().getFirst().token();
  }

  /** Until the target that refused rows is to be tried with the next ones. */
  private void awaitTrial() {
    while (router.outages.isWaiting()) {
      Thread.onSpinWait();
    }
  }

  private void await(String control) {
    while (!router.pauses.contains(control)) {
      Thread.onSpinWait();
    }
  }

  private static long seconds(long count) {
    return TimeUnit.SECONDS.toNanos(count);
  }
}
