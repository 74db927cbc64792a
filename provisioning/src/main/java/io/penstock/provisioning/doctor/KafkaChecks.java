package io.penstock.provisioning.doctor;

import io.penstock.core.config.DataSize;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.ReplaySecretMark;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.kafka.OpenTransaction;
import io.penstock.provisioning.doctor.KafkaFacts.Group;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.topic.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/** What Kafka's answers mean. */
record KafkaChecks(KafkaConfig config, String groupId, DataSize recordMaxSize) {
  /** A batch's and a record's own bytes, a key and a few headers around an event. */
  private static final int RECORD_OVERHEAD_BYTES = 1_024;

  /** How much larger than its event a dead letter may be: its headers say why it failed. */
  private static final int DEAD_LETTER_OVERHEAD_BYTES = 16_384;

  /** The command that mends topics; it shows first what it would change. */
  private static final String SETUP_FIX = "./penstock setup --fix";

  /** So many entries of each partition may wait: those of a minute. */
  private static final int LEDGER_ENTRIES = 60;

  private static final String OFFSETS_RETENTION = "offsets.retention.minutes";

  List<Finding> judge(KafkaFacts facts) {
    Findings findings = new Findings();
    findings.add(
        Finding.ok(
            "%d %s, %s"
                .formatted(
                    facts.brokers(),
                    facts.brokers() == 1 ? "broker" : "brokers",
                    facts.metadataVersion() == 0
                        ? "no metadata.version"
                        : "metadata.version " + facts.metadataVersion())));
    Topics.Description events = facts.events();
    Topics.Description deadLetters = facts.deadLetters();
    findings.about(
        Finding.error(
            "a topic does not exist; the router does not start without it", "./penstock setup"),
        missing(facts));
    if (events != null) {
      judgeTopic(findings, events, Set.of(AclOperation.READ));
      judgeEvents(findings, events);
    }
    if (deadLetters != null) {
      judgeTopic(findings, deadLetters, Set.of(AclOperation.WRITE));
      judgeDeadLetters(findings, deadLetters, events);
    }
    Topics.Description ledger = facts.ledger();
    if (ledger != null) {
      judgeTopic(findings, ledger, Set.of(AclOperation.WRITE, AclOperation.READ));
      judgeLedger(findings, facts.ledgerWaiting(), ledger.partitions());
    }
    judgeSingleReplicas(findings, facts);
    judgeGroup(findings, facts.group());
    judgeOffsetsRetention(findings, facts.brokerSettings(), events);
    return findings.all();
  }

  private List<String> missing(KafkaFacts facts) {
    List<String> missing = new ArrayList<>(config.topics());
    present(facts).forEach(topic -> missing.remove(topic.topic()));
    return missing;
  }

  private static List<Topics.Description> present(KafkaFacts facts) {
    return Stream.of(facts.events(), facts.deadLetters(), facts.ledger())
        .filter(Objects::nonNull)
        .toList();
  }

  private void judgeTopic(Findings findings, Topics.Description topic, Set<AclOperation> needed) {
    String name = topic.topic();
    findings.add(Finding.ok("%s: %d partitions".formatted(name, topic.partitions())));
    findings.note(
        topic.partitions() != config.topicPartitions(),
        "%s has %d partitions, configured are %d"
            .formatted(name, topic.partitions(), config.topicPartitions()),
        "set penstock.topic.events.partitions to what is meant; adding partitions moves keys");
    findings.error(
        topic.leaderless() > 0,
        "%d partitions of %s have no leader".formatted(topic.leaderless(), name),
        "start the brokers that hold them");
    findings.warning(
        topic.underReplicated() > 0,
        "%d partitions of %s have replicas that are behind"
            .formatted(topic.underReplicated(), name),
        "look at the brokers that hold them");
    findings.error(
        !"LogAppendTime".equals(topic.settings().get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG)),
        "%s has message.timestamp.type %s: producers, not the brokers, then say when an event was accepted"
            .formatted(name, topic.settings().get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG)),
        SETUP_FIX);
    Set<AclOperation> lacking = new TreeSet<>(needed);
    lacking.removeAll(topic.operations());
    findings.error(
        !topic.operations().isEmpty() && !lacking.isEmpty(),
        "this user may not " + lacking + " on the topic " + name,
        "grant it to the router's user (kafka-acls)");
    judgeReplication(findings, topic);
  }

  private static void judgeReplication(Findings findings, Topics.Description topic) {
    String name = topic.topic();
    long inSync = number(topic, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, 1);
    if (inSync > topic.replicas()) {
      findings.add(
          Finding.error(
              "%s has min.insync.replicas %d and %d replicas: nothing can be written"
                  .formatted(name, inSync, topic.replicas()),
              alter(name, "min.insync.replicas=" + Math.max(1, topic.replicas() - 1))));
    } else if (topic.replicas() > 1 && inSync == topic.replicas()) {
      findings.add(
          Finding.warning(
              "%s has min.insync.replicas %d and as many replicas: one broker less stops writing"
                  .formatted(name, inSync),
              alter(name, "min.insync.replicas=" + (topic.replicas() - 1))));
    } else if (topic.replicas() > 1 && inSync == 1) {
      findings.add(
          Finding.warning(
              name + " has min.insync.replicas 1: an acknowledged event may be on one broker only",
              alter(name, "min.insync.replicas=2")));
    }
  }

  private static void judgeSingleReplicas(Findings findings, KafkaFacts facts) {
    List<String> single =
        present(facts).stream()
            .filter(topic -> topic.replicas() == 1)
            .map(Topics.Description::topic)
            .toList();
    findings.about(
        Finding.note(
            "topics with one replica: a broker's disk that is lost takes its events with it",
            "on several brokers, kafka-reassign-partitions gives them three"),
        single);
  }

  private void judgeEvents(Findings findings, Topics.Description topic) {
    long max = number(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.MAX_VALUE);
    findings.warning(
        max < recordMaxSize.bytes() + RECORD_OVERHEAD_BYTES,
        "%s takes records of %,d bytes, less than the %,d of penstock.router.record.max.size and what is around an event"
            .formatted(topic.topic(), max, recordMaxSize.bytes()),
        alter(topic.topic(), "max.message.bytes=" + (recordMaxSize.bytes() + 65_536)));
    String cleanup = topic.settings().getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "");
    findings.error(
        cleanup.contains(TopicConfig.CLEANUP_POLICY_COMPACT),
        "%s has cleanup.policy %s: of events with the same key only the last is kept"
            .formatted(topic.topic(), cleanup),
        SETUP_FIX);
    long retention = number(topic, TopicConfig.RETENTION_MS_CONFIG, -1);
    findings.note(
        retention >= 0,
        "%s keeps events for %s: an outage of ClickHouse may last as long"
            .formatted(topic.topic(), span(Duration.ofMillis(retention))),
        "");
  }

  private static void judgeDeadLetters(
      Findings findings, Topics.Description topic, Topics.@Nullable Description events) {
    String cleanup = topic.settings().getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "");
    findings.error(
        !cleanup.equals(TopicConfig.CLEANUP_POLICY_COMPACT),
        "%s has cleanup.policy %s: dead letters are deleted with time"
            .formatted(topic.topic(), cleanup),
        SETUP_FIX);
    long max = number(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.MAX_VALUE);
    long largest = events == null ? 0 : number(events, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, 0);
    findings.warning(
        max < largest + DEAD_LETTER_OVERHEAD_BYTES,
        "%s takes records of %,d bytes: the largest event of %,d does not fit as a dead letter, and stops the router"
            .formatted(topic.topic(), max, largest),
        alter(topic.topic(), "max.message.bytes=" + (largest + 196_608)));
  }

  /** A router writes an entry a second for each partition, and puts them into the table soon. */
  private static void judgeLedger(Findings findings, long waiting, int partitions) {
    findings.warning(
        waiting > (long) LEDGER_ENTRIES * partitions,
        "%,d entries of the ledger are not in its table: ./penstock account does not know all"
            .formatted(waiting),
        "a running router puts them there; penstock_ledger_failing_seconds and its log say why it does not");
  }

  private void judgeGroup(Findings findings, @Nullable Group group) {
    if (group == null) {
      findings.add(
          Finding.note(
              "no router has run yet (consumer group " + groupId + ")", "./penstock router"));
      return;
    }
    long lag = group.positions().stream().mapToLong(PartitionOffset::lag).sum();
    PartitionOffset last =
        group.positions().stream().max(Comparator.comparingLong(PartitionOffset::lag)).orElse(null);
    String behind =
        last == null || lag == 0
            ? "lag 0"
            : "lag %,d, of which %,d in partition %d".formatted(lag, last.lag(), last.partition());
    findings.add(
        Finding.ok(
            "group %s: %s, %d members, %s"
                .formatted(groupId, group.state(), group.members(), behind)));
    if (group.members() == 0) {
      findings.add(
          lag > 0
              ? Finding.warning(
                  "no router runs, and %,d events wait".formatted(lag), "./penstock router")
              : Finding.note("no router runs; nothing waits", "./penstock router"));
    }
    judgeReplaySecrets(findings, group.replays());
    findings.error(
        !group.strangers().isEmpty(),
        "other programs are members of the routers' group: " + String.join(", ", group.strangers()),
        "end them, or give them another group.id; no router can run beside them");
    long lost = group.positions().stream().mapToLong(PartitionOffset::expired).sum();
    findings.error(
        lost > 0,
        "%,d offsets were deleted by retention before the router had read them".formatted(lost),
        "raise the topic's retention.ms; what is deleted only its producers can send again");
    for (PartitionOffset position : group.positions()) {
      judgeOffset(findings, position);
    }
    long open = group.positions().stream().filter(PartitionOffset::isBlockOpen).count();
    findings.note(
        open > 0,
        "open blocks in %d partitions: their inserts run now, or the next router repeats them"
            .formatted(open),
        "");
    findings.error(
        !group.operations().isEmpty() && !group.operations().contains(AclOperation.READ),
        "this user may not READ the consumer group " + groupId,
        "grant it to the router's user (kafka-acls)");
  }

  private static void judgeReplaySecrets(Findings findings, ReplaySecretMark.Comparison replays) {
    String objection = replays.objection();
    if (objection != null) {
      findings.add(
          Finding.error(
              objection,
              "give routers and dlq the same value, and restart those that had another; until then nothing is replayed"));
    }
    findings.note(
        replays.silent() > 0,
        "%d members of the group do not tell which replay secret they have: of an older release, or client.id is set for them"
            .formatted(replays.silent()),
        "");
  }

  private static void judgeTransaction(Findings findings, OpenTransaction open) {
    findings.add(
        open.isLong(Instant.now())
            ? Finding.error(open.text(), open.remedy())
            : Finding.note(open.text(), ""));
  }

  private static void judgeOffset(Findings findings, PartitionOffset position) {
    if (position.transaction() != null) {
      judgeTransaction(findings, position.transaction());
    }
    CommittedOffset committed = position.committed();
    if (committed == null) {
      return;
    }
    if (position.standsStill()) {
      findings.add(
          Finding.error(
              "partition %d stands still: offset %,d is committed, and its log has the offsets %,d to %,d; events may be unread below it"
                  .formatted(
                      position.partition(), committed.offset(), position.begin(), position.end()),
              "stop the routers, ./penstock offsets move --partition %d --to beginning|end|OFFSET, start them"
                  .formatted(position.partition())));
    } else if (!position.ofThisTopic()) {
      findings.add(
          Finding.note(
              "partition %d: the committed offset %,d is of a deleted topic of this name; routers do not use it"
                  .formatted(position.partition(), committed.offset()),
              ""));
    }
  }

  private static void judgeOffsetsRetention(
      Findings findings, Map<String, String> broker, Topics.@Nullable Description events) {
    String minutes = broker.get(OFFSETS_RETENTION);
    if (minutes == null || !minutes.matches("\\d{1,10}") || events == null) {
      return;
    }
    Duration offsets = Duration.ofMinutes(Long.parseLong(minutes));
    long retention = number(events, TopicConfig.RETENTION_MS_CONFIG, -1);
    findings.note(
        retention < 0 || offsets.toMillis() < retention,
        "a router group that stands still for %s loses its place and reads all events again"
            .formatted(span(offsets)),
        "raise the brokers' offsets.retention.minutes to the retention of " + events.topic());
  }

  private static long number(Topics.Description topic, String setting, long otherwise) {
    String value = topic.settings().get(setting);
    return value == null ? otherwise : Long.parseLong(value);
  }

  private static String alter(String topic, String setting) {
    return "kafka-configs --alter --topic %s --add-config %s".formatted(topic, setting);
  }

  static String span(Duration span) {
    if (span.toDays() >= 2) {
      return span.toDays() + " days";
    }
    return span.toHours() >= 2 ? span.toHours() + " hours" : span.toMinutes() + " minutes";
  }
}
