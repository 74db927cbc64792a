package io.penstock.router;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.offset.Place;
import io.penstock.testkit.SharedStack;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The topic and the group's offsets are changed under the routers, as operators do by hand. */
class OffsetsFaultIT {
  private final Scenario scenario = new Scenario(settings());
  private final String topic = scenario.config.kafka().eventsTopic();
  private final Admin admin = CommandClients.admin(scenario.config.kafka());
  private final Offsets offsets =
      new Offsets(scenario.config.kafka(), scenario.config.applicationId());

  private static Map<String, String> settings() {
    Map<String, String> properties = new HashMap<>(SharedStack.start());
    properties.put("penstock.topic.events.partitions", "2");
    // Rows are held back for a while, so that a commit is due when the topic goes.
    properties.put("penstock.router.linger.max", "2s");
    properties.put("penstock.router.insert.rate", "1");
    return properties;
  }

  @AfterEach
  void close() {
    admin.close();
    scenario.close();
  }

  @Test
  void ofATopicThatIsCreatedAnewEveryEventIsStored() throws Exception {
    String client = scenario.activeClient("anew");
    RouterProcess router = new RouterProcess(scenario.properties).awaitReady();
    try {
      send(client, 300);
      refused(40);
      scenario.awaitStored(300);
      for (int generation = 1; generation <= 3; generation++) {
        scenario.flush();
        scenario.awaitAccounted();
        recreate();
        // More than the old topic had: its offsets would all look right.
        send(client, 400 * generation);
        refused(40);
        router = aliveAgain(router);
        if (generation == 2) {
          router.kill();
          router = new RouterProcess(scenario.properties);
        }
      }
      RouterProcess last = router;
      Scenario.await(() -> storedOrAlive(last));
      scenario.settle();
      for (PartitionOffset partition : offsets.read()) {
        assertThat(partition.ofThisTopic()).isTrue();
      }
    } finally {
      router.close();
    }
  }

  @Test
  void aRecordThatIsReadAgainHasOneLetterAlsoAfterPartitionsWereAdded() throws Exception {
    String letters = scenario.config.kafka().deadLettersTopic();
    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all().get();
    Scenario.await(() -> offsets().size() == 4);
    refused(100);
    String client = scenario.activeClient("again");
    send(client, 100);
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
      scenario.settle();
      router.stopCleanly();
    }
    assertThat(offsets.read()).extracting(PartitionOffset::end).allMatch(end -> end > 0);
    assertThat(outstanding()).isEqualTo(100);
    admin.createPartitions(Map.of(letters, NewPartitions.increaseTo(4))).all().get();
    for (int partition = 0; partition < 4; partition++) {
      var _ = offsets.move(partition, new Place.Beginning());
    }
    scenario.fault("partitions of dead letters added, all read again");

    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
      Scenario.await(() -> offsets().stream().allMatch(partition -> partition.lag() == 0));
      router.stopCleanly();
    }

    assertThat(outstanding()).isEqualTo(100);
    // A move back is asked for; the view "events" shows each event once.
    assertThat(
            scenario
                .sql("SELECT count() FROM `%s`.events".formatted(Scenario.database(client)))
                .strip())
        .isEqualTo("100");
  }

  private List<PartitionOffset> offsets() {
    try {
      return offsets.read();
    } catch (StepFailed failed) {
      throw new AssertionError(failed);
    }
  }

  /** Counts letters of the same key twice if they are in different partitions. */
  private long outstanding() {
    return new OutstandingLetters(scenario.config.kafka(), LetterFilter.ALL, _ -> {}).count();
  }

  private void refused(int count) {
    for (int i = 0; i < count; i++) {
      scenario.sendDead("MALFORMED_JSON", "{");
    }
    scenario.flush();
  }

  private boolean storedOrAlive(RouterProcess router) {
    return scenario.storedNow() >= scenario.sent() || router.isAlive();
  }

  /** A router that finds its topic missing ends, and whatever runs it starts it again. */
  private RouterProcess aliveAgain(RouterProcess router) {
    Scenario.await(() ->
        router.log().contains("was created anew")
            || router.log().contains("deleted and created anew")
            || !router.isAlive()
            || scenario.storedNow() >= scenario.sent());
    return router.isAlive() ? router : new RouterProcess(scenario.properties);
  }

  private void recreate() throws ExecutionException, InterruptedException {
    scenario.fault("topic created anew");
    admin.deleteTopics(List.of(topic)).all().get();
    Scenario.await(() -> {
      var _ = Setup.createTopics(scenario.config.kafka());
      return true;
    });
  }

  @Test
  void aPartitionWhoseOffsetIsPastTheEndStandsStillUntilItIsMoved() throws Exception {
    String client = scenario.activeClient("past");
    send(client, 200);
    long end = offsets.read().getFirst().end();
    commit(0, new OffsetAndMetadata(end + 50));
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties)) {
      Scenario.await(() -> router.get("/health/ready").body().contains("stands still"));
      assertThat(router.get("/health/ready").statusCode()).isEqualTo(503);
      assertThat(router.get("/health/ready").body())
          .contains(topic + "-0", "offset " + (end + 50), "offsets move --partition 0");
      assertThat(router.get("/health/live").statusCode()).isEqualTo(200);
      // The other partition goes on meanwhile, and the log grows past the offset.
      Scenario.await(() -> scenario.storedNow() == 200 - end);
      send(client, 400);
      long other = offsets.read().get(1).end();
      Scenario.await(() -> scenario.storedNow() == other);
      assertThat(offsets.read().getFirst().end()).isGreaterThan(end + 50);
      assertThat(router.partitionStarts()).as("no thread dies of it").isLessThanOrEqualTo(2);
      router.stopCleanly();
    }
    assertThat(offsets.read().getFirst().note()).contains("stands still");
    try (EmbeddedRouter again = new EmbeddedRouter(scenario.properties)) {
      Scenario.await(() -> again.get("/health/ready").body().contains("stands still"));
      again.stopCleanly();
    }

    var _ = offsets.move(0, new Place.Beginning());

    try (EmbeddedRouter mended = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.settle();
      mended.stopCleanly();
    }
  }

  @Test
  void eventsThatExpiredUnreadAreCountedAndTheOthersStored() throws Exception {
    String client = scenario.activeClient("expired");
    send(client, 200);
    scenario.flush();
    long end = offsets.read().getFirst().end();
    long half = end / 2;
    commit(0, new OffsetAndMetadata(10, ""));
    admin
        .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(half)))
        .all()
        .get();
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      Scenario.await(() -> scenario.storedNow() == 200 - half);
      assertThat(router.metric("penstock_offsets_expired_total")).isEqualTo((double) (half - 10));
      assertThat(router.log())
          .contains(
              "Kafka deleted records before they were read",
              "from=\"10\" to=\"%d\" offsets=\"%d\"".formatted(half, half - 10));
      router.stopCleanly();
    }
    CommittedOffset done = requireNonNull(offsets.read().getFirst().committed());
    assertThat(done.offset()).isEqualTo(end);
    assertThat(done.topicId()).isNotNull();
  }

  private void send(String client, int count) {
    for (int i = 0; i < count; i++) {
      scenario.sendGood(client);
    }
    scenario.flush();
  }

  private void commit(int partition, OffsetAndMetadata offset)
      throws ExecutionException, InterruptedException {
    admin
        .alterConsumerGroupOffsets(
            scenario.config.applicationId(), Map.of(new TopicPartition(topic, partition), offset))
        .all()
        .get();
  }
}
