package io.penstock.core.deadletter;

import io.penstock.core.config.KafkaConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's dead letters that are outstanding: the last record of their key is no tombstone.
 * Reads the topic from its beginning to the end it has now; the memory is that of the outstanding
 * keys of one partition. Not thread-safe.
 */
public final class OutstandingLetters {
  private static final Logger log = LoggerFactory.getLogger(OutstandingLetters.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final KafkaConfig kafka;
  private final String clientId;

  /** The topic that {@code kafka} names. */
  public OutstandingLetters(KafkaConfig kafka, String clientId) {
    this.kafka = kafka;
    this.clientId = clientId;
  }

  private interface PartitionVisitor {
    void visit(TopicPartition partition, List<byte[]> keys);
  }

  /**
   * @throws KafkaException if Kafka cannot be read
   */
  public long count() {
    long[] count = new long[1];
    visit((partition, keys) -> count[0] += keys.size());
    return count[0];
  }

  /**
   * Writes a tombstone for each; safe to repeat.
   *
   * @return how many there were
   * @throws KafkaException if Kafka cannot be read, or did not take a tombstone
   */
  public long discard() {
    long[] count = new long[1];
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    try (var producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      visit((partition, keys) -> {
        List<Future<?>> sent = new ArrayList<>(keys.size());
        for (byte[] key : keys) {
          sent.add(
              producer.send(
                  new ProducerRecord<>(partition.topic(), partition.partition(), key, null)));
        }
        producer.flush();
        sent.forEach(OutstandingLetters::await);
        count[0] += keys.size();
      });
    }
    return count[0];
  }

  private static void await(Future<?> sent) {
    try {
      var _ = sent.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while sending tombstones", e);
    }
  }

  private void visit(PartitionVisitor visitor) {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) SILENCE.toMillis());
    try (var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      for (var info : consumer.partitionsFor(kafka.deadLettersTopic())) {
        TopicPartition partition = new TopicPartition(info.topic(), info.partition());
        List<byte[]> keys = read(consumer, partition);
        if (!keys.isEmpty()) {
          visitor.visit(partition, keys);
        }
      }
    }
  }

  private List<byte[]> read(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
    List<TopicPartition> one = List.of(partition);
    consumer.assign(one);
    consumer.seekToBeginning(one);
    long end = consumer.endOffsets(one).getOrDefault(partition, 0L);
    Map<String, byte[]> outstanding = new HashMap<>();
    long heardAt = System.nanoTime();
    while (consumer.position(partition) < end) {
      long before = consumer.position(partition);
      for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(POLL)) {
        note(letter, outstanding);
      }
      if (consumer.position(partition) > before) {
        heardAt = System.nanoTime();
      } else if (System.nanoTime() - heardAt > SILENCE.toNanos()) {
        throw new KafkaException(
            "nothing came of " + partition + " for " + SILENCE + ", at offset " + before);
      }
    }
    log.debug("{} has {} outstanding of {}", partition, outstanding.size(), clientId);
    return List.copyOf(outstanding.values());
  }

  private void note(ConsumerRecord<byte[], byte[]> letter, Map<String, byte[]> outstanding) {
    if (letter.key() == null) {
      return;
    }
    String key = new String(letter.key(), StandardCharsets.ISO_8859_1);
    if (letter.value() != null && clientId.equals(client(letter))) {
      outstanding.put(key, letter.key());
    } else {
      outstanding.remove(key);
    }
  }

  private static @Nullable String client(ConsumerRecord<byte[], byte[]> letter) {
    Header header = letter.headers().lastHeader(DeadLetterHeaders.CLIENT);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }
}
