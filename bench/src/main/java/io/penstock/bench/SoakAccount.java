package io.penstock.bench;

import com.clickhouse.client.api.query.GenericRecord;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.Topics;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What became of each record, by its place in the events topic: asked of Kafka and of ClickHouse,
 * of nobody's counters.
 *
 * @param sent records in the topic
 * @param stored of which there is a row
 * @param deadLetters of which there is a dead letter
 * @param lost of which there is neither
 * @param duplicated rows too many, and records that are both
 */
record SoakAccount(long sent, long stored, long deadLetters, long lost, long duplicated) {
  /** Whether every record is accounted for, once. */
  boolean adds() {
    return lost == 0 && duplicated == 0;
  }

  static SoakAccount take(KafkaConfig kafka, StoredEvents tables, List<String> databases)
      throws ExecutionException, InterruptedException {
    Map<Integer, Long> ends = ends(kafka);
    Map<Integer, BitSet> rows = new HashMap<>();
    long twice = 0;
    for (String database : databases) {
      for (GenericRecord row :
          tables.query(
              "SELECT source_partition AS p, source_offset AS o FROM %s.events_base"
                  .formatted(ClickHouseClients.quoted(database)))) {
        twice += mark(rows, row.getInteger("p"), row.getLong("o")) ? 0 : 1;
      }
    }
    Map<Integer, BitSet> letters = new HashMap<>();
    for (String origin : DeadLetterCount.read(kafka).byOrigin().keySet()) {
      int offset = origin.lastIndexOf('-');
      int partition = origin.lastIndexOf('-', offset - 1);
      mark(
          letters,
          Integer.parseInt(origin.substring(partition + 1, offset)),
          Long.parseLong(origin.substring(offset + 1)));
    }
    long sent = 0;
    long accounted = 0;
    for (var end : ends.entrySet()) {
      sent += end.getValue();
      BitSet either = (BitSet) rows.getOrDefault(end.getKey(), new BitSet()).clone();
      BitSet dead = letters.getOrDefault(end.getKey(), new BitSet());
      BitSet both = (BitSet) either.clone();
      both.and(dead);
      twice += both.cardinality();
      either.or(dead);
      accounted += either.cardinality();
    }
    return new SoakAccount(sent, total(rows), total(letters), sent - accounted, twice);
  }

  private static boolean mark(Map<Integer, BitSet> marks, int partition, long offset) {
    BitSet offsets = marks.computeIfAbsent(partition, p -> new BitSet());
    boolean isNew = !offsets.get(Math.toIntExact(offset));
    offsets.set(Math.toIntExact(offset));
    return isNew;
  }

  private static long total(Map<Integer, BitSet> marks) {
    return marks.values().stream().mapToLong(BitSet::cardinality).sum();
  }

  private static Map<Integer, Long> ends(KafkaConfig kafka)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Topics.admin(kafka)) {
      Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
      admin
          .describeTopics(List.of(kafka.eventsTopic()))
          .allTopicNames()
          .get()
          .values()
          .forEach(topic ->
              topic
                  .partitions()
                  .forEach(partition ->
                      latest.put(
                          new TopicPartition(topic.name(), partition.partition()),
                          OffsetSpec.latest())));
      Map<Integer, Long> ends = new HashMap<>();
      admin
          .listOffsets(latest)
          .all()
          .get()
          .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
      return ends;
    }
  }
}
