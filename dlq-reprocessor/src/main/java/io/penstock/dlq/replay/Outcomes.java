package io.penstock.dlq.replay;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.KeyOffsets;
import io.penstock.core.deadletter.LetterConsumers;
import io.penstock.core.deadletter.Retry;
import io.penstock.core.kafka.BoundedConsumer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Learns what becomes of replayed events: a router's committed offset says which ones are done,
 * since it stands behind nothing that is not stored or a dead letter, and dead letters carry the id
 * of the replay. Its memory is some bytes for each transaction in flight and for each event that
 * failed again. Every method throws {@link KafkaException} if Kafka does not answer. Not
 * thread-safe.
 */
final class Outcomes implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final String replayId;
  private final RouterProgress routers;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final Map<TopicPartition, Deque<Batch>> inFlight = new HashMap<>();
  private final KeyOffsets dead = new KeyOffsets();
  private final SortedMap<String, Long> deadByReason = new TreeMap<>();
  private final SortedMap<String, Long> sickClients = new TreeMap<>();
  private long sent;
  private long done;
  private boolean unproven;

  /** Events of one transaction in one partition: they are done when this offset is. */
  private record Batch(long lastOffset, int events) {}

  /**
   * Watches from now on.
   *
   * @param routers not closed here
   */
  Outcomes(KafkaConfig kafka, RouterProgress routers, String replayId) {
    this.replayId = replayId;
    this.routers = routers;
    consumer = new BoundedConsumer(LetterConsumers.askingSettings(kafka));
    try {
      partitions = LetterConsumers.partitions(consumer, kafka.deadLettersTopic());
      consumer.assign(partitions);
      consumer.endOffsets(partitions).forEach(consumer::seek);
    } catch (KafkaException e) {
      close();
      throw e;
    }
  }

  /** These events were sent. */
  void sent(List<RecordMetadata> places) {
    Map<TopicPartition, Batch> batches = new HashMap<>();
    for (RecordMetadata place : places) {
      batches.merge(
          new TopicPartition(place.topic(), place.partition()),
          new Batch(place.offset(), 1),
          (one, other) ->
              new Batch(Math.max(one.lastOffset, other.lastOffset), one.events + other.events));
    }
    batches.forEach((partition, batch) ->
        inFlight.computeIfAbsent(partition, p -> new ArrayDeque<>()).add(batch));
    sent += places.size();
  }

  /**
   * Asks Kafka again. The offsets first: what they stand behind has its dead letters written by
   * then.
   */
  void refresh() {
    routers.refresh();
    inFlight.forEach((partition, batches) -> {
      Batch oldest = batches.peek();
      while (oldest != null && routers.isPast(partition, oldest.lastOffset)) {
        done += oldest.events;
        batches.remove();
        oldest = batches.peek();
      }
    });
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    long heardAt = System.nanoTime();
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      var records = consumer.poll(POLL);
      if (!records.nextOffsets().isEmpty()) {
        heardAt = System.nanoTime();
      } else if (System.nanoTime() - heardAt > SILENCE.toNanos()) {
        throw new KafkaException("nothing came of the dead-letter topic for " + SILENCE);
      }
      records.forEach(this::look);
    }
  }

  private void look(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter letter = DeadLetter.of(record);
    byte[] key = record.key();
    if (letter == null || key == null || !replayId.equals(letter.text(DeadLetterHeaders.REPLAY))) {
      return;
    }
    int before = dead.size();
    dead.put(key, record.offset());
    if (dead.size() > before) {
      String reason = letter.text(DeadLetterHeaders.REASON);
      deadByReason.merge(reason == null ? "(none)" : reason, 1L, Long::sum);
      String client = letter.text(DeadLetterHeaders.CLIENT);
      if (client != null && Retry.AUTOMATIC.label().equals(letter.text(DeadLetterHeaders.RETRY))) {
        sickClients.merge(client, 1L, Long::sum);
      }
      unproven |= "1".equals(letter.text(DeadLetterHeaders.ATTEMPT));
    }
  }

  /** Those of the dead-letter topic, in order. */
  List<TopicPartition> partitions() {
    return partitions;
  }

  /** How many were sent. */
  long sent() {
    return sent;
  }

  /** How many failed again, as far as is known. */
  long deadAgain() {
    return dead.size();
  }

  /** The same, by reason. */
  SortedMap<String, Long> deadByReason() {
    return Collections.unmodifiableSortedMap(deadByReason);
  }

  /** Of these, those whose reason heals by itself, by client. */
  SortedMap<String, Long> sickClients() {
    return Collections.unmodifiableSortedMap(sickClients);
  }

  /** How many are stored: done, and not dead. While others are in flight there may be more. */
  long stored() {
    return Math.max(0, done - dead.size());
  }

  /** Of how many it is not known yet. */
  long inFlight() {
    return sent - dead.size() - stored();
  }

  /** Whether a router took a replay for a new event: it has another secret, or none. */
  boolean unproven() {
    return unproven;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
