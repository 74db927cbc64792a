package io.penstock.core.deadletter;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dead letters that are outstanding: the last record of their key is no tombstone. A letter
 * without a key is outstanding by itself.
 *
 * <p>Reads the topic partition by partition, from its beginning to the end it had when this was
 * made: all methods answer for that moment. A first pass over a partition finds each key's last
 * record, a second one hands the letters out, so the memory is that of {@link KeyOffsets} for the
 * matching letters of one partition, however large they are; a large letter comes without its value
 * ({@link DeadLetter#leftOut}). Every method throws {@link KafkaException} if Kafka cannot be read
 * or keeps silent for longer than a command waits. Not thread-safe.
 */
public final class OutstandingLetters {
  private static final Logger log = LoggerFactory.getLogger(OutstandingLetters.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int FETCH_BYTES = 4 << 20;

  private final KafkaConfig kafka;
  private final Predicate<DeadLetter> meant;
  private final LongConsumer progress;
  private int largest = BoundedConsumer.LARGEST_BYTES;
  private final Map<TopicPartition, Range> ranges = new LinkedHashMap<>();

  private record Range(long begin, long end) {}

  /**
   * What was found of one partition.
   *
   * @param last the keys' last records
   * @param first the offset before which no letter matches
   */
  private record Found(KeyOffsets last, long keyless, long first) {}

  /**
   * What a discard did.
   *
   * @param tombstones how many letters were settled
   * @param keyless how many cannot be, since a tombstone needs a key
   */
  public record Discarded(long tombstones, long keyless) {}

  /** One client's letters in the topic that {@code kafka} names. */
  public OutstandingLetters(KafkaConfig kafka, String clientId) {
    this(kafka, LetterFilter.ofClient(clientId), records -> {});
  }

  /**
   * The letters that match, up to the topic's present end.
   *
   * @param progress told how many more offsets a pass has covered; see {@link #span}
   */
  public OutstandingLetters(KafkaConfig kafka, Predicate<DeadLetter> meant, LongConsumer progress) {
    this(kafka, meant, progress, null);
  }

  /**
   * The same of one partition of the topic.
   *
   * @param partition null: all
   */
  public OutstandingLetters(
      KafkaConfig kafka,
      Predicate<DeadLetter> meant,
      LongConsumer progress,
      @Nullable TopicPartition partition) {
    this.kafka = kafka;
    this.meant = meant;
    this.progress = progress;
    try (var consumer = consumer()) {
      List<TopicPartition> partitions =
          partition == null
              ? LetterConsumers.partitions(consumer, kafka.deadLettersTopic())
              : List.of(partition);
      consumer.assign(partitions);
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      for (TopicPartition one : partitions) {
        ranges.put(one, new Range(begins.getOrDefault(one, 0L), ends.getOrDefault(one, 0L)));
      }
    }
  }

  /** Reads letters of up to so many bytes whole; returns this. */
  public OutstandingLetters whole(int upTo) {
    largest = upTo;
    return this;
  }

  /** How many offsets one pass covers; {@link #count} makes one pass, the others two. */
  public long span() {
    return ranges.values().stream().mapToLong(range -> range.end - range.begin).sum();
  }

  /** How many there are. */
  public long count() {
    long count = 0;
    try (var consumer = consumer()) {
      for (TopicPartition partition : ranges.keySet()) {
        Found found = find(consumer, partition);
        count += found.last.size() + found.keyless;
      }
    }
    return count;
  }

  /** Hands out each outstanding letter, in the order of partition and offset. */
  public void read(Consumer<DeadLetter> reader) {
    try (var consumer = consumer()) {
      for (TopicPartition partition : ranges.keySet()) {
        read(consumer, partition, reader);
      }
    }
  }

  /** Hands out every record, letters that are settled and tombstones too, in the same order. */
  public void history(Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    try (var consumer = consumer()) {
      for (TopicPartition partition : ranges.keySet()) {
        pass(consumer, partition, range(partition).begin, reader);
      }
    }
  }

  /**
   * Hands out the last record of each key, letter or tombstone, and letters without a key; for this
   * the memory is that of all keys of one partition.
   */
  public void states(Consumer<LetterState> reader) {
    try (var consumer = consumer()) {
      for (TopicPartition partition : ranges.keySet()) {
        KeyOffsets last = new KeyOffsets();
        long begin = range(partition).begin;
        pass(
            consumer,
            partition,
            begin,
            record -> {
              if (record.key() != null) {
                last.put(record.key(), record.offset());
              }
            });
        pass(
            consumer,
            partition,
            begin,
            record -> {
              if (record.key() == null || last.isLast(record.key(), record.offset())) {
                reader.accept(LetterState.of(record));
              }
            });
      }
    }
  }

  /**
   * Writes a tombstone for each into its own partition; safe to repeat.
   *
   * @param confirmed told how many tombstones Kafka has taken so far
   * @throws KafkaException also if Kafka did not take a tombstone; others may have been written
   */
  public Discarded discard(LongConsumer confirmed) {
    long[] keyless = new long[1];
    try (LetterWriter writer = new LetterWriter(kafka, confirmed)) {
      read(letter -> {
        if (letter.key() == null) {
          keyless[0]++;
        } else {
          writer.discard(letter);
        }
      });
      writer.confirm();
      return new Discarded(writer.confirmed(), keyless[0]);
    }
  }

  private void read(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition,
      Consumer<DeadLetter> reader) {
    Found found = find(consumer, partition);
    if (found.last.size() == 0 && found.keyless == 0) {
      progress.accept(range(partition).end - range(partition).begin);
      return;
    }
    progress.accept(found.first - range(partition).begin);
    pass(
        consumer,
        partition,
        found.first,
        record -> {
          byte[] key = record.key();
          DeadLetter letter = DeadLetter.of(record);
          if (letter != null
              && (key == null ? meant.test(letter) : found.last.isLast(key, record.offset()))) {
            reader.accept(letter);
          }
        });
  }

  private Found find(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
    KeyOffsets last = new KeyOffsets();
    long[] keyless = new long[1];
    long[] first = {range(partition).end};
    pass(
        consumer,
        partition,
        range(partition).begin,
        record -> {
          byte[] key = record.key();
          DeadLetter letter = DeadLetter.of(record);
          boolean counts = letter != null && meant.test(letter);
          if (counts) {
            first[0] = Math.min(first[0], record.offset());
          }
          if (key == null) {
            keyless[0] += counts ? 1 : 0;
          } else if (counts) {
            last.put(key, record.offset());
          } else {
            last.remove(key);
          }
        });
    log.debug("{} has {} outstanding letters that are meant", partition, last.size());
    return new Found(last, keyless[0], first[0]);
  }

  private void pass(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition,
      long from,
      Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    consumer.assign(List.of(partition));
    consumer.seek(partition, from);
    Range range = range(partition);
    long covered = from;
    Duration patience = CommandRun.current().patience().answer();
    long heardAt = System.nanoTime();
    try (CommandRun.Wait wait = CommandClients.waitFor(kafka)) {
      while (covered < range.end) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        if (!records.isEmpty()) {
          wait.pause();
          for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.offset() < range.end) {
              visitor.accept(record);
            }
          }
          wait.resume();
        }
        // Behind compacted records and transactions' markers the position moves without records.
        long position = Math.min(consumer.position(partition), range.end);
        if (position > covered) {
          progress.accept(position - covered);
          covered = position;
          heardAt = System.nanoTime();
          wait.heard();
        } else if (System.nanoTime() - heardAt > patience.toNanos()) {
          throw new KafkaException(
              "nothing came of " + partition + " for " + patience + ", at offset " + covered);
        }
      }
    }
  }

  private Range range(TopicPartition partition) {
    return ranges.getOrDefault(partition, new Range(0, 0));
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> settings = LetterConsumers.askingSettings(kafka);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
    return new BoundedConsumer(settings, largest);
  }
}
