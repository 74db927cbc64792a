package io.penstock.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads records from Kafka a second time, for the dead letters of rows that ClickHouse refused: the
 * router keeps rows in memory, not the records they came from (docs/adr/0004). Thread-safe.
 *
 * @param consumers makes consumers that belong to no group
 * @param silence after which reading is given up
 * @param events tells which topic they read
 */
record OriginalRecords(
    Supplier<Consumer<byte[], byte[]>> consumers, Duration silence, TopicLog events) {
  private static final Duration POLL = Duration.ofMillis(200);

  /** Takes the records one by one, in the order of their offsets. */
  interface Reader {
    void found(ConsumerRecord<byte[], byte[]> record);

    /** Kafka does not have the record of this offset any more. */
    void gone(long offset);
  }

  /**
   * Hands out each of the records at these offsets, or says that it is gone: deleted, or with its
   * topic, under whose name another one may stand by now.
   *
   * @param topicId of the topic that they were in
   * @param offsets ascending
   * @throws TimeoutException if Kafka kept silent; some may have been handed out
   */
  void read(TopicPartition partition, Uuid topicId, List<Long> offsets, Reader reader) {
    try (Consumer<byte[], byte[]> consumer = consumers.get()) {
      consumer.assign(List.of(partition));
      long begin = firstBegin(consumer, partition, offsets.getFirst());
      int done = skip(offsets, 0, begin, reader);
      if (done < offsets.size()) {
        consumer.seek(partition, offsets.get(done));
      }
      long heardAt = System.nanoTime();
      while (done < offsets.size()) {
        int before = done;
        try {
          List<ConsumerRecord<byte[], byte[]>> records = consumer.poll(POLL).records(partition);
          if (!topicId.equals(events.topicId(consumer, partition.topic()))) {
            done = skip(offsets, done, Long.MAX_VALUE, reader);
            break;
          }
          for (ConsumerRecord<byte[], byte[]> record : records) {
            done = skip(offsets, done, record.offset(), reader);
            if (done < offsets.size() && record.offset() == offsets.get(done)) {
              reader.found(record);
              done++;
            }
          }
          done = skip(offsets, done, consumer.position(partition), reader);
        } catch (OffsetOutOfRangeException outside) {
          done = skip(offsets, done, begin(consumer, partition, offsets.get(done)), reader);
          if (done < offsets.size()) {
            consumer.seek(partition, offsets.get(done));
          }
        }
        if (done > before) {
          heardAt = System.nanoTime();
        } else if (System.nanoTime() - heardAt > silence.toNanos()) {
          throw new TimeoutException(
              "%s: %d of %d records could be read again; nothing came for %s"
                  .formatted(partition, done, offsets.size(), silence));
        }
      }
    }
  }

  private long firstBegin(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
    try {
      return begin(consumer, partition, offset);
    } catch (TimeoutException silent) {
      if (events.topicId(consumer, partition.topic()) == null) {
        return Long.MAX_VALUE; // There is no such topic any more.
      }
      throw silent;
    }
  }

  /** Where the log begins; its end where that lies before the offset: then all of it is gone. */
  private static long begin(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
    List<TopicPartition> one = List.of(partition);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(one);
    Long begin = begins.getOrDefault(partition, 0L);
    return begin <= offset && consumer.endOffsets(one).getOrDefault(partition, 0L) <= offset
        ? Long.MAX_VALUE
        : begin;
  }

  /** Kafka has nothing before {@code next}; returns how many offsets are done. */
  private static int skip(List<Long> offsets, int done, long next, Reader reader) {
    int now = done;
    while (now < offsets.size() && offsets.get(now) < next) {
      reader.gone(offsets.get(now++));
    }
    return now;
  }
}
