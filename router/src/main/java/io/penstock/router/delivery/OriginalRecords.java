package io.penstock.router.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads records from Kafka a second time, for the dead letters of rows that ClickHouse refused: the
 * router keeps rows in memory, not the records they came from (docs/adr/0004). Thread-safe.
 */
final class OriginalRecords {
  private static final Duration POLL = Duration.ofMillis(200);

  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final Duration timeout;

  /**
   * @param consumers makes consumers that belong to no group
   * @param timeout after which reading is given up
   */
  OriginalRecords(Supplier<Consumer<byte[], byte[]>> consumers, Duration timeout) {
    this.consumers = consumers;
    this.timeout = timeout;
  }

  /**
   * The records at these offsets.
   *
   * @param offsets ascending
   * @throws TimeoutException if they did not come in time, or are no longer there
   */
  List<ConsumerRecord<byte[], byte[]>> read(TopicPartition partition, List<Long> offsets) {
    long deadline = System.nanoTime() + timeout.toNanos();
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>(offsets.size());
    try (Consumer<byte[], byte[]> consumer = consumers.get()) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, offsets.getFirst());
      while (found.size() < offsets.size()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
          if (found.size() < offsets.size() && record.offset() == offsets.get(found.size())) {
            found.add(record);
          }
        }
        if (System.nanoTime() - deadline > 0) {
          throw new TimeoutException(
              "%s: %d of %d records could be read again within %s"
                  .formatted(partition, found.size(), offsets.size(), timeout));
        }
      }
    } catch (InvalidOffsetException gone) {
      throw new TimeoutException(partition + ": the records to read again are gone", gone);
    }
    return found;
  }
}
