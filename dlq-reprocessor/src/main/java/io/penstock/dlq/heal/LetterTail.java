package io.penstock.dlq.heal;

import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterConsumers;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.kafka.KafkaContact;
import io.penstock.core.observe.Problem;
import io.penstock.core.refusal.Retry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Follows the dead-letter topic and reports letters to the {@link RetrySchedule} and to {@link
 * OutstandingCounts}. The processes of one group share its partitions; each reads its partitions
 * from their beginnings, and commits nothing. For one thread.
 */
final class LetterTail implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration LONGEST_OUTSIDE = Duration.ofMinutes(1);
  private static final Duration LOOK_FOR_EXPIRED = Duration.ofMinutes(1);

  private final RetrySchedule schedule;
  private final OutstandingCounts counts;

  /** Where the log of each partition began when it was read from its beginning. */
  private final Map<TopicPartition, Long> begins = new HashMap<>();

  private long lookedForExpired = System.nanoTime();
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaContact contact;
  private volatile long memberAt = System.nanoTime();

  LetterTail(KafkaConfig kafka, String group, RetrySchedule schedule, OutstandingCounts counts) {
    this.schedule = schedule;
    this.counts = counts;
    Map<String, Object> settings = LetterConsumers.settings(kafka);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    settings.putIfAbsent(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
    consumer = new BoundedConsumer(settings);
    contact = new KafkaContact(consumer::metrics, System::nanoTime);
    consumer.subscribe(
        List.of(kafka.deadLettersTopic()),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> added) {
            fromBeginning(added);
            schedule.assigned(numbers(added));
          }

          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> removed) {
            schedule.revoked(numbers(removed));
            counts.gone(removed);
            begins.keySet().removeAll(removed);
          }
        });
  }

  /** What its consumer tells of itself, to be closed before it. */
  KafkaClientMetrics measured() {
    return new KafkaClientMetrics(consumer);
  }

  private void fromBeginning(Collection<TopicPartition> partitions) {
    begins.putAll(consumer.beginningOffsets(partitions));
    consumer.endOffsets(partitions).forEach(counts::begins);
    consumer.seekToBeginning(partitions);
  }

  /** Letters that the topic's retention has deleted are no longer outstanding: counts them anew. */
  private void lookForExpired() {
    if (System.nanoTime() - lookedForExpired < LOOK_FOR_EXPIRED.toNanos()) {
      return;
    }
    lookedForExpired = System.nanoTime();
    List<TopicPartition> cut = new ArrayList<>();
    consumer
        .beginningOffsets(begins.keySet())
        .forEach((partition, begin) -> {
          if (begin > begins.getOrDefault(partition, 0L)) {
            cut.add(partition);
          }
        });
    if (!cut.isEmpty()) {
      fromBeginning(cut);
    }
  }

  private static List<Integer> numbers(Collection<TopicPartition> partitions) {
    return partitions.stream().map(TopicPartition::partition).toList();
  }

  /**
   * Reads until {@code ended} says so.
   *
   * @param well called again and again while this is a member of the group
   */
  void run(BooleanSupplier ended, Runnable well) {
    while (!ended.getAsBoolean()) {
      consumer.poll(POLL).forEach(this::look);
      contact.look();
      for (TopicPartition partition : counts.beginning()) {
        counts.reached(partition, consumer.position(partition));
      }
      lookForExpired();
      if (consumer.groupMetadata().generationId() >= 0) {
        well.run();
        memberAt = System.nanoTime();
      }
    }
  }

  private void look(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter letter = DeadLetter.of(record);
    counts.read(record, letter);
    String client = letter == null ? null : healing(letter);
    if (client != null) {
      schedule.seen(record.partition(), client);
    }
  }

  /** The client of a letter that heals by itself and can be replayed; null for any other. */
  static @Nullable String healing(DeadLetter letter) {
    return letter.key() != null
            && isWhole(letter)
            && Retry.AUTOMATIC.label().equals(letter.text(DeadLetterHeaders.RETRY))
        ? letter.text(DeadLetterHeaders.CLIENT)
        : null;
  }

  /** Whether the letter has the event as it came. */
  static boolean isWhole(DeadLetter letter) {
    return !letter.isRebuilt() && !letter.isWithoutValue();
  }

  /** Why it does not follow the topic, for a person; empty while it does. */
  List<Problem> problems() {
    if (contact.isLost()) {
      return List.of(contact.problem());
    }
    Duration outside = Duration.ofNanos(System.nanoTime() - memberAt);
    return outside.compareTo(LONGEST_OUTSIDE) > 0
        ? List.of(
            new Problem(
                "dead-letters-unread",
                "Kafka has not let it read the dead-letter topic for %d s"
                    .formatted(outside.toSeconds())))
        : List.of();
  }

  @Override
  public void close() {
    consumer.close();
    counts.gone(begins.keySet());
  }
}
