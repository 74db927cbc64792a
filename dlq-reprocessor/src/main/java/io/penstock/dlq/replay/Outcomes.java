package io.penstock.dlq.replay;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterConsumers;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.refusal.Retry;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
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
import org.jspecify.annotations.Nullable;

/**
 * Learns what becomes of replayed events. A router's committed offset says which events are done,
 * since everything below it is stored or a dead letter; a dead letter says which record failed.
 * Nothing that a producer can write is used. Its memory is some bytes for each event in flight.
 * Every method throws {@link KafkaException} if Kafka does not answer. Not thread-safe.
 */
final class Outcomes implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final String eventsTopic;
  private final RouterProgress routers;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final Map<TopicPartition, Deque<Batch>> inFlight = new HashMap<>();
  private final SortedMap<String, Long> deadByReason = new TreeMap<>();
  private final SortedMap<String, Long> clientsFailedAgain = new TreeMap<>();
  private long sent;
  private long stored;
  private long dead;
  private boolean unproven;

  /** Events of one transaction in one partition: they are done when the last one is. */
  private static final class Batch {
    final long[] offsets;
    final BitSet dead = new BitSet();

    Batch(long[] offsets) {
      this.offsets = offsets;
      Arrays.sort(offsets);
    }

    long last() {
      return offsets[offsets.length - 1];
    }

    /**
     * Notes that the event at this offset has failed; returns whether it belongs to this batch and
     * was not known to have failed.
     */
    boolean fails(long offset) {
      int at = Arrays.binarySearch(offsets, offset);
      if (at < 0 || dead.get(at)) {
        return false;
      }
      dead.set(at);
      return true;
    }
  }

  /**
   * Watches from now on.
   *
   * @param routers not closed here
   */
  Outcomes(KafkaConfig kafka, RouterProgress routers) {
    this.eventsTopic = kafka.eventsTopic();
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
    Map<TopicPartition, List<Long>> offsets = new HashMap<>();
    for (RecordMetadata place : places) {
      offsets
          .computeIfAbsent(
              new TopicPartition(place.topic(), place.partition()), _ -> new ArrayList<>())
          .add(place.offset());
    }
    offsets.forEach((partition, all) ->
        inFlight
            .computeIfAbsent(partition, _ -> new ArrayDeque<>())
            .add(new Batch(all.stream().mapToLong(Long::longValue).toArray())));
    sent += places.size();
  }

  /**
   * Asks Kafka again. The offsets are asked for first: the dead letters of records below them are
   * written by then.
   */
  void refresh() {
    routers.refresh();
    Map<TopicPartition, Integer> done = new HashMap<>();
    inFlight.forEach((partition, batches) -> {
      for (Batch batch : batches) {
        if (!routers.isPast(partition, batch.last())) {
          break;
        }
        var _ = done.merge(partition, 1, Integer::sum);
      }
    });
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    Duration patience = CommandRun.current().patience().answer();
    long heardAt = System.nanoTime();
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      var records = consumer.poll(POLL);
      if (!records.nextOffsets().isEmpty()) {
        heardAt = System.nanoTime();
      } else if (System.nanoTime() - heardAt > patience.toNanos()) {
        throw new KafkaException("nothing came of the dead-letter topic for " + patience);
      }
      records.forEach(this::look);
    }
    done.forEach((partition, count) -> {
      Deque<Batch> batches = inFlight.getOrDefault(partition, new ArrayDeque<>());
      for (int i = 0; i < count; i++) {
        Batch batch = batches.remove();
        stored += batch.offsets.length - batch.dead.cardinality();
      }
    });
  }

  private void look(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter letter = DeadLetter.of(record);
    if (letter == null || !isOfOurs(letter.record())) {
      return;
    }
    dead++;
    String reason = letter.text(DeadLetterHeaders.REASON);
    deadByReason.merge(reason == null ? "(none)" : reason, 1L, Long::sum);
    String client = letter.text(DeadLetterHeaders.CLIENT);
    if (client != null && Retry.AUTOMATIC.label().equals(letter.text(DeadLetterHeaders.RETRY))) {
      clientsFailedAgain.merge(client, 1L, Long::sum);
    }
    unproven |= "1".equals(letter.text(DeadLetterHeaders.ATTEMPT));
  }

  /**
   * Notes that this record has failed; returns whether it is in flight and was not known to have
   * failed.
   */
  private boolean isOfOurs(@Nullable Origin failed) {
    return failed != null
        && failed.topicId().equals(routers.topicId())
        && inFlight
            .getOrDefault(new TopicPartition(eventsTopic, failed.partition()), new ArrayDeque<>())
            .stream()
            .anyMatch(batch -> batch.fails(failed.offset()));
  }

  /** The partitions of the dead-letter topic, in order. */
  List<TopicPartition> partitions() {
    return partitions;
  }

  /** How many were sent. */
  long sent() {
    return sent;
  }

  /** How many failed again, as far as is known. */
  long deadAgain() {
    return dead;
  }

  /** The same, by reason. */
  SortedMap<String, Long> deadByReason() {
    return Collections.unmodifiableSortedMap(deadByReason);
  }

  /** How many failed again for a reason that heals by itself, by client. */
  SortedMap<String, Long> clientsFailedAgain() {
    return Collections.unmodifiableSortedMap(clientsFailedAgain);
  }

  /** How many are stored. */
  long stored() {
    return stored;
  }

  /** How many events have no known outcome yet. */
  long inFlight() {
    return sent - dead - stored;
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
