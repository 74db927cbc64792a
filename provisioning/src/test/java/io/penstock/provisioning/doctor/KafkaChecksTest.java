package io.penstock.provisioning.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.DataSize;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.provisioning.doctor.KafkaFacts.Group;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.topic.Topics;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaChecksTest {
  private static final Uuid TOPIC_ID = new Uuid(17, 4);
  private static final Set<AclOperation> ALL = EnumSet.allOf(AclOperation.class);
  private static final Group RUNNING =
      new Group("Stable", 2, ALL, List.of(position(0, 0, 100, at(100, ""))));
  private static final Map<String, String> BROKER = Map.of("offsets.retention.minutes", "10080");

  private final KafkaChecks checks =
      new KafkaChecks(
          new KafkaConfig("localhost:1", Map.of(), "events", "dead", null, 6, null),
          "penstock-router",
          DataSize.ofMiB(1));

  @Test
  void whatSetupMakesOnThreeBrokersIsFine() {
    assertThat(judge(events(), deadLetters(), RUNNING))
        .extracting(Finding::level, Finding::what)
        .filteredOn(one -> one.toList().getFirst() != Level.OK)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                Level.NOTE,
                "events keeps events for 7 days: an outage of ClickHouse may last as long"));
  }

  @Test
  void missingTopicsAreAnError() {
    assertThat(judge(null, null, null))
        .anySatisfy(finding -> {
          assertThat(finding.level()).isEqualTo(Level.ERROR);
          assertThat(finding.subjects()).containsExactly("events", "dead");
          assertThat(finding.remedy()).isEqualTo("./penstock setup");
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          message.timestamp.type | CreateTime | ERROR   | producers, not the brokers
          cleanup.policy         | compact    | ERROR   | only the last is kept
          max.message.bytes      | 1000000    | WARNING | takes records of 1,000,000 bytes
          min.insync.replicas    | 3          | WARNING | one broker less stops writing
          min.insync.replicas    | 4          | ERROR   | nothing can be written
          min.insync.replicas    | 1          | WARNING | may be on one broker only
          retention.ms           | 1209600000 | NOTE    | stands still for 7 days
          """)
  void settingsOfTheEventsAreJudged(String name, String value, Level level, String text) {
    assertHas(judge(with(events(), name, value), deadLetters(), RUNNING), level, text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cleanup.policy    | delete         | ERROR   | deleted with time
          cleanup.policy    | compact,delete | ERROR   | deleted with time
          max.message.bytes | 1114112        | WARNING | does not fit as a dead letter
          """)
  void settingsOfTheDeadLettersAreJudged(String name, String value, Level level, String text) {
    assertHas(judge(events(), with(deadLetters(), name, value), RUNNING), level, text);
  }

  @Test
  void partitionsReplicasLeadersAndRightsAreJudged() {
    Topics.Description poor =
        new Topics.Description(
            "events", TOPIC_ID, 3, 1, 2, 1, Set.of(AclOperation.DESCRIBE), events().settings());

    List<Finding> findings = judge(poor, deadLetters(), RUNNING);

    assertHas(findings, Level.NOTE, "has 3 partitions, configured are 6");
    assertHas(findings, Level.NOTE, "topics with one replica");
    assertHas(findings, Level.WARNING, "2 partitions of events have replicas that are behind");
    assertHas(findings, Level.ERROR, "1 partitions of events have no leader");
    assertHas(findings, Level.ERROR, "this user may not [READ] on the topic events");
  }

  @Test
  void groupIsJudgedByWhatWaitsWhatIsLostAndWhatIsOpen() {
    Group stopped =
        new Group(
            "Empty",
            0,
            Set.of(AclOperation.DESCRIBE),
            List.of(
                position(0, 50, 100, at(20, "|60")),
                position(1, 0, 1_000, null),
                position(2, 0, 7, at(7, ""))));

    List<Finding> findings = judge(events(), deadLetters(), stopped);

    assertHas(findings, Level.OK, "lag 1,050, of which 1,000 in partition 1");
    assertHas(findings, Level.WARNING, "no router runs, and 1,050 events wait");
    assertHas(findings, Level.ERROR, "30 offsets were deleted by retention");
    assertHas(findings, Level.NOTE, "open blocks in 1 partitions");
    assertHas(findings, Level.ERROR, "this user may not READ the consumer group");
  }

  @Test
  void stoppedRouterWithNothingWaitingAndNoRouterYetAreNotes() {
    assertHas(
        judge(events(), deadLetters(), new Group("Empty", 0, ALL, List.of())),
        Level.NOTE,
        "nothing waits");
    assertHas(judge(events(), deadLetters(), null), Level.NOTE, "no router has run yet");
  }

  @Test
  void shouldNameThePartitionThatStandsStillAndTheCommandThatMendsIt() {
    Group group =
        new Group(
            "Stable",
            2,
            ALL,
            List.of(
                position(0, 0, 100, at(5_000, "")),
                position(1, 0, 9_000, at(5_000, "|1:" + TOPIC_ID + ":past")),
                position(2, 100, 100, at(5_000, ""))));

    List<Finding> findings = judge(events(), deadLetters(), group);

    assertHas(findings, Level.ERROR, "partition 0 stands still: offset 5,000 is committed");
    assertHas(findings, Level.ERROR, "partition 1 stands still");
    assertThat(findings)
        .noneSatisfy(finding -> assertThat(finding.what()).contains("partition 2 stands"))
        .anySatisfy(finding -> assertThat(finding.remedy()).contains("offsets move --partition 0"));
  }

  @Test
  void shouldTakeNoOffsetOfADeletedTopicForProgressOrLoss() {
    PartitionOffset old = position(0, 50, 100, at(20, "|1:" + new Uuid(17, 3)));

    assertThat(old.lag()).isEqualTo(50);
    assertThat(old.expired()).isZero();
    assertHas(
        judge(events(), deadLetters(), new Group("Stable", 2, ALL, List.of(old))),
        Level.NOTE,
        "is of a deleted topic");
  }

  private static PartitionOffset position(
      int partition, long begin, long end, @Nullable CommittedOffset committed) {
    return new PartitionOffset(partition, TOPIC_ID, begin, end, committed, null);
  }

  private static CommittedOffset at(long offset, String metadata) {
    return CommittedOffset.parse(new OffsetAndMetadata(offset, metadata));
  }

  private List<Finding> judge(
      Topics.@Nullable Description events,
      Topics.@Nullable Description deadLetters,
      @Nullable Group group) {
    return checks.judge(new KafkaFacts(3, 30, events, deadLetters, null, group, BROKER, 0));
  }

  private static void assertHas(List<Finding> findings, Level level, String text) {
    assertThat(findings)
        .anySatisfy(finding -> {
          assertThat(finding.level()).isEqualTo(level);
          assertThat(finding.what()).contains(text);
        });
  }

  private static Topics.Description events() {
    return new Topics.Description(
        "events",
        TOPIC_ID,
        6,
        3,
        0,
        0,
        ALL,
        Map.of(
            "message.timestamp.type", "LogAppendTime",
            "cleanup.policy", "delete",
            "max.message.bytes", "1114112",
            "min.insync.replicas", "2",
            "retention.ms", "604800000"));
  }

  private static Topics.Description deadLetters() {
    return new Topics.Description(
        "dead",
        TOPIC_ID,
        6,
        3,
        0,
        0,
        ALL,
        Map.of(
            "message.timestamp.type", "LogAppendTime",
            "cleanup.policy", "compact",
            "max.message.bytes", "1310720",
            "min.insync.replicas", "2"));
  }

  /** As many as of a minute may wait. */
  @Test
  void entriesOfTheLedgerThatWaitAreTold() {
    Topics.Description ledger =
        new Topics.Description("ledger", TOPIC_ID, 6, 3, 0, 0, ALL, events().settings());
    KafkaFacts few =
        new KafkaFacts(3, 30, events(), deadLetters(), ledger, RUNNING, BROKER, 6 * 60);
    KafkaFacts many =
        new KafkaFacts(3, 30, events(), deadLetters(), ledger, RUNNING, BROKER, 6 * 60 + 1);

    assertThat(checks.judge(few)).noneMatch(one -> one.level() == Level.WARNING);
    assertHas(checks.judge(many), Level.WARNING, "361 entries of the ledger are not in its table");
  }

  private static Topics.Description with(Topics.Description topic, String name, String value) {
    Map<String, String> settings = new TreeMap<>(topic.settings());
    settings.put(name, value);
    return new Topics.Description(
        topic.topic(),
        topic.id(),
        topic.partitions(),
        topic.replicas(),
        0,
        0,
        topic.operations(),
        settings);
  }
}
