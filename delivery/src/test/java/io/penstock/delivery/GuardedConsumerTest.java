package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.Lookup;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.observe.Problem;
import io.penstock.core.rows.InsertOutcome.BadRows;
import io.penstock.core.rows.InsertOutcome.ClientTrouble;
import io.penstock.core.rows.InsertOutcome.Retryable;
import io.penstock.core.rows.InsertOutcome.Written;
import io.penstock.delivery.insert.InMemoryTarget.Insert;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.junit.jupiter.api.Test;

/** Every path a commit can take; the names are the promises of docs/delivery.md. */
class GuardedConsumerTest {
  private final Harness router = new Harness();

  @Test
  void aCommitWritesTheIntentThenTheRowsThenTheEnd() {
    appendAcme(3);
    router.processAll();

    router.commit(3);

    assertThat(router.commits).containsExactly("0 |1:ID:3", "3 AgAA|1:ID");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 2L);
  }

  @Test
  void rowsOfSeveralClientsGoIntoTheirOwnDatabases() {
    router.append("acme");
    router.append("globex");
    router.append("acme");
    router.processAll();

    router.commit(3);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 2L);
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(1L);
  }

  @Test
  void nothingIsCommittedPastWhatHasBeenProcessed() {
    appendAcme(5);
    router.startTask();
    router.poll();
    router.process(2);

    router.commit(5);

    assertThat(router.committed()).startsWith("2");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L);
  }

  @Test
  void aCommitBelowWhatHasBeenProcessedKeepsTheRestForTheNext() {
    appendAcme(5);
    router.processAll();

    router.commit(3);
    router.commit(5);

    assertThat(router.clickHouse.inserts())
        .extracting(Insert::offsets)
        .containsExactly(List.of(0L, 1L, 2L), List.of(3L, 4L));
  }

  @Test
  void nothingNewMeansNoCommitAndNoInsert() {
    appendAcme(2);
    router.processAll();
    router.commit(2);
    router.commits.clear();

    router.commit(2);

    assertThat(router.commits).isEmpty();
    assertThat(router.clickHouse.inserts()).hasSize(1);
  }

  @Test
  void transactionMarkersAtTheEndAreCommittedOver() {
    router.append("acme");
    router.appendAt(5, Harness.event("acme"));
    router.processAll();

    router.commit(6);

    assertThat(router.committed()).isEqualTo("6 AgAA|1:ID");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 5L);
  }

  @Test
  void aTaskStartsAtTheCommittedOffsetAndSeesOnlyItsOwnMetadata() {
    appendAcme(5);
    router.committedBefore(2, "AgAA|4");
    router.mock.seek(Harness.PARTITION, 5);

    var seen = router.startTask();

    assertThat(seen)
        .hasEntrySatisfying(
            Harness.PARTITION, offset -> assertThat(offset.metadata()).isEqualTo("AgAA"));
    assertThat(router.mock.position(Harness.PARTITION)).isEqualTo(2);
  }

  @Test
  void aTaskWithoutACommitStartsAtTheBeginning() {
    appendAcme(2);
    router.mock.seek(Harness.PARTITION, 2);

    router.startTask();

    assertThat(router.mock.position(Harness.PARTITION)).isZero();
  }

  @Test
  void metadataOfAnotherProgramIsNoIntent() {
    appendAcme(3);
    router.committedBefore(1, "somebody|else");

    router.processAll();
    router.commit(3);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(1L, 2L);
  }

  @Test
  void afterACrashBetweenInsertAndCommitTheNextOwnerRepeatsExactlyThatBlock() {
    appendAcme(3);
    router.processAll();
    router.clickHouse.storesButAnswers(new Retryable(210, "connection reset"));
    router.clickHouse.isUp(false);
    router.commit(3);
    String token = router.clickHouse.inserts().getFirst().token();
    appendAcme(4);

    router.clickHouse.answers(insert -> new Written());
    router.clickHouse.isUp(true);
    awaitResumed();
    router.restart();
    router.processAll();
    router.commit(7);

    assertThat(router.clickHouse.inserts()).extracting(Insert::token).contains(token);
    assertThat(router.clickHouse.stored("client_acme"))
        .containsExactlyElementsOf(LongStream.range(0, 7).boxed().toList());
    assertThat(router.commits).containsExactly("0 |1:ID:3", "3 |1:ID", "3 |1:ID:7", "7 AgAA|1:ID");
  }

  @Test
  void anOpenBlockIsHeldBackUntilItHasBeenRedeliveredWhole() {
    appendAcme(5);
    router.committedBefore(1, "AgAA|4");
    router.startTask();
    router.poll();
    router.process(2);

    router.commit(3);

    assertThat(router.commits).isEmpty();
    assertThat(router.clickHouse.inserts()).isEmpty();

    router.process(2);
    router.commit(5);

    assertThat(router.clickHouse.inserts())
        .extracting(Insert::offsets)
        .containsExactly(List.of(1L, 2L, 3L), List.of(4L));
  }

  @Test
  void aMemberThatWasReplacedCannotInsert() {
    appendAcme(3);
    router.processAll();
    router.nextCommitFails(new CommitFailedException("fenced"), false);

    assertThatThrownBy(() -> router.commit(3)).isInstanceOf(CommitFailedException.class);

    assertThat(router.clickHouse.inserts()).isEmpty();
  }

  @Test
  void anIntentWhoseCommitTimedOutKeepsItsEnd() {
    appendAcme(3);
    router.startTask();
    router.poll();
    router.process(2);
    router.nextCommitFails(new TimeoutException("slow"), true);
    assertThatThrownBy(() -> router.commit(2)).isInstanceOf(TimeoutException.class);

    router.process(1);
    router.commit(3);

    assertThat(router.commits)
        .containsExactly("0 |1:ID:2", "0 |1:ID:2", "2 |1:ID", "2 |1:ID:3", "3 AgAA|1:ID");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 2L);
  }

  @Test
  void aLostFinalCommitRepeatsTheBlockWithItsTokens() {
    appendAcme(3);
    router.processAll();
    router.clickHouse.answers(insert -> {
      router.nextCommitFails(new TimeoutException("slow"), false);
      return new Written();
    });
    assertThatThrownBy(() -> router.commit(3)).isInstanceOf(TimeoutException.class);
    router.clickHouse.answers(insert -> new Written());

    router.restart();
    router.processAll();
    router.commit(3);

    assertThat(router.clickHouse.inserts())
        .extracting(Insert::token)
        .hasSize(2)
        .containsOnly(token());
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 2L);
  }

  @Test
  void aBlockOfRefusedRecordsNeedsNoIntent() {
    router.appendRaw("not json");
    router.processAll();

    router.commit(1);

    assertThat(router.commits).containsExactly("1 AgAA|1:ID");
    assertThat(router.deadLetters()).containsExactly("events-0-0 MALFORMED_JSON");
  }

  @Test
  void aForgedOriginCannotOverwriteTheDeadLetterOfAnother() {
    router.appendRaw("not json");
    long _ = router.append(1, "forged", replayed(1_700_000_000_000L));
    router.processAll();

    router.commit(2);

    assertThat(router.deadLetters())
        .containsExactly("events-0-0 MALFORMED_JSON", "events-0-1 MALFORMED_JSON");
  }

  @Test
  void aReplayedEventIsMeasuredByItselfAndAForgedReplayIsNone() {
    long hourAgo = Harness.NOW.minusSeconds(3_600).toEpochMilli();
    byte[] event = Harness.event("acme").getBytes(UTF_8);
    var replay = replayed(hourAgo);
    Harness.SIGNATURE.sign(replay, event);
    router.append(0, Harness.event("acme"), replay);
    router.append(1, "not json", replayed(hourAgo));
    router.append(2, Harness.event("acme"), replayed(hourAgo));
    router.processAll();

    router.commit(3);

    assertThat(router.metric("penstock_freshness_seconds_count")).isEqualTo(1);
    assertThat(router.metric("penstock_freshness_seconds_sum")).isZero();
    assertThat(router.metric("penstock_replay_freshness_seconds_count")).isEqualTo(1);
    assertThat(router.metric("penstock_replays_unproven_total")).isEqualTo(2);
    assertThat(router.producer.history().getFirst().headers().lastHeader(DeadLetterHeaders.REPLAY))
        .isNull();
  }

  private static RecordHeaders replayed(long timestampMillis) {
    var headers = new RecordHeaders();
    headers
        .add(DeadLetterHeaders.TOPIC, "events".getBytes(UTF_8))
        .add(DeadLetterHeaders.TOPIC_ID, new Uuid(17, 4).toString().getBytes(UTF_8))
        .add(DeadLetterHeaders.PARTITION, "0".getBytes(UTF_8))
        .add(DeadLetterHeaders.OFFSET, "0".getBytes(UTF_8))
        .add(DeadLetterHeaders.TIMESTAMP, Long.toString(timestampMillis).getBytes(UTF_8))
        .add(DeadLetterHeaders.ATTEMPT, "1".getBytes(UTF_8))
        .add(DeadLetterHeaders.FIRST_FAILED_AT, "2026-01-01T00:00:00Z".getBytes(UTF_8))
        .add(DeadLetterHeaders.REPLAY, "a-replay".getBytes(UTF_8));
    return headers;
  }

  @Test
  void aDeadLetterThatCouldNotBeSentStopsTheCommit() {
    router.appendRaw("not json");
    router.append("acme");
    router.producer.sendException = new TimeoutException("no broker");
    assertThatThrownBy(router::processAll).isInstanceOf(TimeoutException.class);
    router.producer.sendException = null;

    router.restart();
    router.processAll();
    router.commit(2);

    assertThat(router.deadLetters()).containsExactly("events-0-0 MALFORMED_JSON");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(1L);
  }

  @Test
  void aDeadLetterThatFailsLaterStopsTheCommitToo() {
    router.deadLettersArrive = false;
    router.restart();
    router.appendRaw("not json");
    router.processAll();
    router.producer.errorNext(new TimeoutException("no acknowledgement"));

    assertThatThrownBy(() -> router.commit(1)).isInstanceOf(CommitFailedException.class);

    assertThat(router.commits).isEmpty();
  }

  @Test
  void duringAnOutageNothingIsCommittedAndNothingIsLost() {
    appendAcme(3);
    router.processAll();
    router.clickHouse.answers(insert -> new Retryable(210, "refused"));
    router.clickHouse.isUp(false);

    router.commit(3);

    assertThat(router.committed()).isEqualTo("0 |1:ID:3");
    assertThat(router.pauses).containsExactly("pause");
    assertThat(router.outages.reasons())
        .extracting(Problem::text)
        .singleElement()
        .satisfies(why -> assertThat(why).contains("default", "intake is paused", "refused"));
    assertThat(router.deadLetters()).isEmpty();

    router.clickHouse.answers(insert -> new Written());
    router.clickHouse.isUp(true);
    awaitResumed();
    router.commit(3);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 2L);
    assertThat(router.clickHouse.inserts()).extracting(Insert::token).containsOnly(token());
  }

  @Test
  void aCommitWhileTheBreakerIsOpenDoesNotAskClickHouse() {
    appendAcme(1);
    router.processAll();
    router.clickHouse.answers(insert -> new Retryable(210, "refused"));
    router.clickHouse.isUp(false);
    router.commit(1);
    int asked = router.clickHouse.inserts().size();

    router.commit(1);

    assertThat(router.clickHouse.inserts()).hasSize(asked);
  }

  @Test
  void rowsOfAClientInTroubleAreParkedWithTheirOriginalBytesAndTheOthersAreStored() {
    router.append("acme");
    router.append("globex");
    router.append("acme");
    router.processAll();
    router.clickHouse.answers(insert ->
        insert.database().equals("client_acme")
            ? new ClientTrouble(60, "Table client_acme.events_base does not exist")
            : new Written());

    router.commit(3);

    assertThat(router.committed()).isEqualTo("3 AgAA|1:ID");
    assertThat(router.clickHouse.stored("client_globex")).containsExactly(1L);
    assertThat(router.deadLetters())
        .containsExactly("events-0-0 CLIENT_UNAVAILABLE", "events-0-2 CLIENT_UNAVAILABLE");
    var first = router.producer.history().getFirst();
    assertThat(new String(first.value(), UTF_8)).isEqualTo(Harness.event("acme"));
    assertThat(first.headers().lastHeader("trace").value()).containsExactly(1);
    assertThat(Harness.header(first, DeadLetterHeaders.CLICKHOUSE_CODE)).isEqualTo("60");
    assertThat(Harness.header(first, DeadLetterHeaders.KEY)).isEqualTo("key");
  }

  @Test
  void aTroubleThatPassesParksNothing() {
    router.append("acme");
    router.processAll();
    router.clickHouse.answers(insert ->
        router.clickHouse.inserts().size() < 3 ? new ClientTrouble(60, "gone") : new Written());

    router.commit(1);

    assertThat(router.deadLetters()).isEmpty();
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L);
  }

  @Test
  void onlyTheBadRowsOfABatchBecomeDeadLetters() {
    appendAcme(100);
    router.processAll();
    router.clickHouse.answers(insert ->
        insert.offsets().contains(13L) || insert.offsets().contains(77L)
            ? new BadRows(469, "price", "Constraint violated")
            : new Written());

    router.commit(100);

    assertThat(router.deadLetters())
        .containsExactly("events-0-13 ROW_REJECTED", "events-0-77 ROW_REJECTED");
    assertThat(router.clickHouse.stored("client_acme")).hasSize(98).doesNotContain(13L, 77L);
    assertThat(Harness.header(router.producer.history().getFirst(), DeadLetterHeaders.FINGERPRINT))
        .isEqualTo("insert:ROW_REJECTED:469:price");
  }

  @Test
  void aRecordWhoseClientCannotBeLookedUpWaitsAndHoldsItsPartition() {
    router.directory.put("unsure", new Lookup.Unavailable("PostgreSQL and Redis are gone"));
    router.append("acme");
    router.append("unsure");
    router.append("acme");
    router.processAll();

    router.commit(3);

    assertThat(router.committed()).startsWith("1");
    assertThat(router.deadLetters()).isEmpty();
    pollAfterRetryInterval();
    assertThat(router.mock.paused()).containsExactly(Harness.PARTITION);
    router.consumer.resume(Set.of(Harness.PARTITION));
    assertThat(router.mock.paused()).containsExactly(Harness.PARTITION);

    router.knows("unsure");
    pollAfterRetryInterval();
    router.commit(3);

    assertThat(router.mock.paused()).isEmpty();
    assertThat(router.committed()).isEqualTo("3 AgAA|1:ID");
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 2L);
    assertThat(router.clickHouse.stored("client_unsure")).containsExactly(1L);
  }

  @Test
  void recordsOfATaskThatWasNeverStartedAreABug() {
    appendAcme(1);
    router.mock.seek(Harness.PARTITION, 0);

    assertThatThrownBy(router::poll)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("never started");
  }

  @Test
  void unconfirmedCommitsAreRefused() {
    assertThatThrownBy(() -> router.consumer.commitAsync())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> router.consumer.commitSync())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void bufferedBytesAreKnownAndGivenBack() {
    appendAcme(10);
    router.processAll();
    router.poll();
    assertThat(router.hub.bytes()).isGreaterThan(500);

    router.commit(10);

    assertThat(router.hub.bytes()).isZero();
  }

  @Test
  void rowsAreGatheredForLongerTheMoreTablesTheyAreFor() {
    gatherForTenSecondsAtMost();
    router.append("acme");
    router.append("globex");
    router.processAll();
    router.nanos = seconds(1);

    router.commit(2);
    assertThat(router.commits).isEmpty();
    assertThat(router.clickHouse.inserts()).isEmpty();

    router.nanos = seconds(2);
    router.commit(2);
    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
    assertThat(router.clickHouse.inserts()).hasSize(2);

    // Counted from the last commit on.
    router.append("acme");
    router.append("globex");
    router.poll();
    router.process(2);
    router.nanos = seconds(3);
    router.commit(4);
    assertThat(router.committed()).isEqualTo("2 AgAA|1:ID");
  }

  @Test
  void gatheringEndsAtItsBoundWhateverTheNumberOfTables() {
    gatherForTenSecondsAtMost();
    for (int i = 0; i < 30; i++) {
      router.knows("client-" + i);
      router.append("client-" + i);
    }
    router.processAll();
    router.nanos = seconds(9);
    router.commit(30);
    assertThat(router.commits).isEmpty();

    router.nanos = seconds(10);
    router.commit(30);

    assertThat(router.committed()).isEqualTo("30 AgAA|1:ID");
  }

  @Test
  void aFullHubDoesNotGatherAnyLonger() {
    gatherForTenSecondsAtMost();
    String large = Harness.event("acme").replace("}", ",\"page\":\"" + "x".repeat(60_000) + "\"}");
    router.startTask();
    long end = 0;
    while (router.hub.bytes() < Harness.MAX_BYTES) {
      end = router.appendRaw(large) + 1;
      router.poll();
      router.process(1);
      router.poll();
    }

    router.commit(end);

    assertThat(router.committed()).isEqualTo(end + " AgAA|1:ID");
    assertThat(router.hub.bytes()).isZero();
  }

  @Test
  void anOpenBlockIsNotGatheredFor() {
    router.committedBefore(0, "AgAA|2");
    gatherForTenSecondsAtMost();
    appendAcme(3);
    router.processAll();

    router.commit(3);

    assertThat(router.commits)
        .containsExactly("0 AgAA|2", "2 AgAA|1:ID", "2 AgAA|1:ID:3", "3 AgAA|1:ID");
  }

  @Test
  void whatWasHeldBackIsCommittedBeforeThePartitionIsGivenUp() {
    gatherForTenSecondsAtMost();
    router.append("acme");
    router.append("globex");
    router.processAll();
    router.commit(2);
    assertThat(router.commits).isEmpty();

    router.revoke();

    assertThat(router.committed()).startsWith("2");
    assertThat(router.clickHouse.inserts()).hasSize(2);
    assertThat(router.hub.bytes()).isZero();
  }

  @Test
  void whatWasHeldBackIsCommittedBeforeTheThreadEnds() {
    gatherForTenSecondsAtMost();
    router.append("acme");
    router.append("globex");
    router.processAll();

    router.consumer.close();

    assertThat(router.committed()).startsWith("2");
    assertThat(router.clickHouse.inserts()).hasSize(2);
  }

  @Test
  void nothingIsCommittedAtTheEndOnceADeadLetterIsMissing() {
    router.deadLettersArrive = false;
    gatherForTenSecondsAtMost();
    router.append("acme");
    router.appendRaw("broken");
    router.processAll();
    router.producer.errorNext(new KafkaException("too large"));
    assertThatThrownBy(() -> router.commit(2)).isInstanceOf(CommitFailedException.class);

    router.revoke();
    router.consumer.close();

    assertThat(router.commits).isEmpty();
    assertThat(router.clickHouse.inserts()).isEmpty();
  }

  @Test
  void aPartitionThatCannotBeCommittedAnyMoreIsLeftToItsNextOwner() {
    gatherForTenSecondsAtMost();
    router.append("acme");
    router.processAll();
    router.nextCommitFails(new CommitFailedException("replaced"), false);

    router.revoke();

    assertThat(router.commits).isEmpty();
    assertThat(router.clickHouse.inserts()).isEmpty();
    assertThat(router.hub.bytes()).isZero();
  }

  // ---- offsets that are not to be believed

  @Test
  void whatAnotherTopicsOffsetSaysIsNotBelieved() {
    router.committedBefore(2, "AgAA|1:AAAAAAAAABEAAAAAAAAABQ:9");
    appendAcme(3);

    router.processAll();
    router.commit(3);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 2L);
    assertThat(router.committed()).isEqualTo("3 AgAA|1:ID");
  }

  @Test
  void nothingOfATopicThatWasCreatedAnewIsTakenForTheOldOnes() {
    gatherForTenSecondsAtMost();
    appendAcme(3);
    router.processAll();
    router.recreateTopic();
    appendAcme(5);

    assertThatThrownBy(router::poll).isInstanceOf(TaskMigratedException.class);

    // What was gathered of the old topic is stored; what was polled of the new one comes again.
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 2L);
    assertThat(router.committed()).isEqualTo("3 |1:ID");
    router.restart();
    router.processAll();
    router.nanos = seconds(10);
    router.commit(5);
    assertThat(router.clickHouse.inserts())
        .extracting(Insert::offsets)
        .containsExactly(List.of(0L, 1L, 2L), List.of(0L, 1L, 2L, 3L, 4L));
  }

  @Test
  void whatWasGatheredOfATopicThatIsGoneIsStoredThoughTheGroupRefusesTheCommit() {
    gatherForTenSecondsAtMost();
    appendAcme(3);
    router.processAll();
    router.recreateTopic();
    router.nextCommitFails(new RebalanceInProgressException(), false);

    assertThatThrownBy(router::poll).isInstanceOf(TaskMigratedException.class);

    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 2L);
    assertThat(router.committed()).isEmpty();
  }

  @Test
  void aConsumerThatHasForgottenWhereItWasGoesOnThere() {
    appendAcme(3);
    router.processAll();
    router.mock.setPollException(new NoOffsetForPartitionException(Set.of(Harness.PARTITION)));
    router.poll();

    assertThat(router.hub.stopped()).isEmpty();
    assertThat(router.mock.position(Harness.PARTITION)).isEqualTo(3);
  }

  @Test
  void whatIsLostWithATopicThatIsGoneIsCounted() {
    gatherForTenSecondsAtMost();
    appendAcme(3);
    router.processAll();
    router.recreateTopic();
    router.clickHouse.isUp(false);
    router.clickHouse.answers(insert -> new Retryable(210, "connection reset"));
    router.nextCommitFails(new RebalanceInProgressException(), false);

    assertThatThrownBy(router::poll).isInstanceOf(TaskMigratedException.class);

    assertThat(router.clickHouse.stored("client_acme")).isEmpty();
    assertThat(router.metric("penstock_offsets_expired_total")).isEqualTo(3);
  }

  @Test
  void aPartitionWhoseOffsetIsPastTheLogsEndStandsStillAndSaysSo() {
    appendAcme(3);
    router.committedBefore(7, "AgAA");

    router.startTask();
    router.poll();

    assertThat(router.hub.stopped())
        .extracting(Problem::text)
        .singleElement()
        .satisfies(why ->
            assertThat(why)
                .contains("events-0", "offset 7", "0 to 3", "offsets move --partition 0"));
    assertThat(router.mock.paused()).containsExactly(Harness.PARTITION);
    router.consumer.resume(Set.of(Harness.PARTITION));
    assertThat(router.mock.paused()).containsExactly(Harness.PARTITION);
    assertThat(router.clickHouse.inserts()).isEmpty();
  }

  @Test
  void anOffsetPastTheEndIsNotBelievedOnceTheLogHasGrownPastIt() {
    appendAcme(3);
    router.committedBefore(7, "AgAA");
    router.startTask();
    pollAfterRetryInterval();
    assertThat(router.committed()).isEqualTo("7 AgAA|1:ID:past");
    appendAcme(10);

    router.restart();
    router.startTask();

    assertThat(router.hub.stopped()).hasSize(1);
    assertThat(router.mock.paused()).containsExactly(Harness.PARTITION);
  }

  @Test
  void pastTheEndOfAnEmptyLogThereIsNothingToMiss() {
    router.committedBefore(7, "AgAA");

    router.startTask();

    assertThat(router.hub.stopped()).isEmpty();
    assertThat(router.mock.position(Harness.PARTITION)).isZero();
  }

  @Test
  void whatALaterReleaseCommittedIsLeftAlone() {
    appendAcme(9);
    router.committedBefore(3, "AgAA|2:something:else");

    router.startTask();

    assertThat(router.hub.stopped())
        .extracting(Problem::text)
        .singleElement()
        .satisfies(why -> assertThat(why).contains("later release"));
    pollAfterRetryInterval();
    assertThat(router.commits).isEmpty();
  }

  @Test
  void recordsThatExpiredBeforeTheStartAreCountedAndPassedOver() {
    appendAcme(9);
    router.committedBefore(3, "AgAA");
    router.deletedBefore(5);

    router.processAll();
    router.commit(9);

    assertThat(router.metric("penstock_offsets_expired_total")).isEqualTo(2);
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(5L, 6L, 7L, 8L);
    assertThat(router.committed()).isEqualTo("9 AgAA|1:ID");
  }

  @Test
  void recordsThatExpireWhileTheRouterRunsAreCountedAndPassedOver() {
    appendAcme(2);
    router.processAll();
    appendAcme(4);
    router.deletedBefore(4);
    router.restartConsumerAt(2);

    router.poll();
    router.poll();
    router.process(2);
    router.commit(6);

    assertThat(router.metric("penstock_offsets_expired_total")).isEqualTo(2);
    assertThat(router.clickHouse.stored("client_acme")).containsExactly(0L, 1L, 4L, 5L);
  }

  private void gatherForTenSecondsAtMost() {
    router.longestLinger = Duration.ofSeconds(10);
    router.restart();
  }

  private static long seconds(long count) {
    return TimeUnit.SECONDS.toNanos(count);
  }

  private void appendAcme(int count) {
    for (int i = 0; i < count; i++) {
      router.append("acme");
    }
  }

  private String token() {
    return router.clickHouse.inserts().getFirst().token();
  }

  private void awaitResumed() {
    while (!router.pauses.contains("resume")) {
      Thread.onSpinWait();
    }
  }

  private void pollAfterRetryInterval() {
    long end = System.nanoTime() + Hub.WAITING_RETRY_NANOS + 1_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    router.poll();
  }
}
