package io.penstock.local.count;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.BoundedConsumer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * What is outstanding in the dead-letter topic: the latest record of each origin that is no
 * tombstone.
 *
 * @param byOrigin each outstanding dead letter's reason and client ("" if unknown)
 */
public record DeadLetterCount(Map<String, Entry> byOrigin) {
  /**
   * One outstanding dead letter.
   *
   * @param record where its event first entered Kafka; null where the letter does not tell
   */
  public record Entry(String reason, String client, @Nullable Origin record) {}

  public DeadLetterCount {
    byOrigin = Map.copyOf(byOrigin);
  }

  /** Reads the whole topic up to its present end. */
  public static DeadLetterCount read(KafkaConfig kafka) {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // A fetch that waits at a partition's end would hold up the closing.
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    Map<String, Entry> outstanding = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = new BoundedConsumer(settings)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(kafka.deadLettersTopic()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          String origin = record.key() == null ? "" : new String(record.key(), UTF_8);
          if (record.value() == null) {
            outstanding.remove(origin);
          } else {
            outstanding.put(
                origin,
                new Entry(
                    header(record, DeadLetterHeaders.REASON),
                    header(record, DeadLetterHeaders.CLIENT),
                    Origin.ofPlace(
                        header(record, DeadLetterHeaders.TOPIC),
                        String.join(
                            " ",
                            header(record, DeadLetterHeaders.TOPIC_ID),
                            header(record, DeadLetterHeaders.PARTITION),
                            header(record, DeadLetterHeaders.OFFSET)))));
          }
        }
      }
    }
    return new DeadLetterCount(outstanding);
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? "" : new String(header.value(), UTF_8);
  }

  /** How many are outstanding. */
  public long total() {
    return byOrigin.size();
  }

  /** How many of each reason. */
  public Map<String, Long> byReason() {
    return grouped(Entry::reason);
  }

  /** How many of each client. */
  public Map<String, Long> byClient() {
    return grouped(Entry::client);
  }

  private Map<String, Long> grouped(Function<Entry, String> group) {
    Map<String, Long> counts = new TreeMap<>();
    byOrigin.values().forEach(entry -> counts.merge(group.apply(entry), 1L, Long::sum));
    return counts;
  }
}
