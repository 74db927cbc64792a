package io.penstock.core.kafka;

import io.penstock.core.run.CommandRun;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer whose polls are bounded by bytes as they are in memory. Kafka's own bounds are of
 * compressed bytes, and of records: a batch of some kB may unfold to gigabytes. A poll here returns
 * at most {@link #POLL_BYTES} and one record, and a record that is larger than it was told comes as
 * its shell, with a {@link LeftOut} (docs/adr/0014). As little thread-safe as any.
 */
public final class BoundedConsumer extends KafkaConsumer<byte[], byte[]> {
  /** The bound on one poll, of unpacked bytes; the record that passes it is still returned. */
  public static final long POLL_BYTES = 8 << 20;

  /** The largest record that comes whole, in bytes, unless a consumer is told otherwise. */
  public static final int LARGEST_BYTES = 16 << 20;

  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final Budget budget;
  private final Object brokers;

  /** For records of up to {@link #LARGEST_BYTES}. */
  public BoundedConsumer(Map<String, Object> settings) {
    this(settings, LARGEST_BYTES);
  }

  /**
   * @param largest of a record that comes whole: key, value and headers, in bytes. Up to three such
   *     are in memory at once
   */
  public BoundedConsumer(Map<String, Object> settings, int largest) {
    this(settings, largest, new Budget());
  }

  private BoundedConsumer(Map<String, Object> settings, int largest, Budget budget) {
    super(classic(settings), new Keys(budget), new Values(budget));
    this.budget = budget;
    this.brokers = String.valueOf(settings.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG));
    FetchGuard.install(this, new LargeRecords(largest));
  }

  /** Chooses the classic group protocol, whose consumer {@link FetchGuard} knows. */
  private static Map<String, Object> classic(Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, GroupProtocol.CLASSIC.name());
    return all;
  }

  /** What a router needs to read whole, whose events may have values of so many bytes. */
  public static int largestOfEvents(int maxValueBytes) {
    return Math.max(LARGEST_BYTES, maxValueBytes + (1 << 20));
  }

  /** What a process of this heap can read whole where it needs to: for commands. */
  public static int largestOfHeap() {
    return Math.clamp(Runtime.getRuntime().maxMemory() / 8, LARGEST_BYTES, 1 << 30);
  }

  // ---- what asks brokers, and says so where a command does

  @Override
  public List<PartitionInfo> partitionsFor(String topic) {
    try (CommandRun.Wait _ = CommandClients.waitFor(brokers)) {
      return super.partitionsFor(topic);
    }
  }

  @Override
  public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
    try (CommandRun.Wait _ = CommandClients.waitFor(brokers)) {
      return super.beginningOffsets(partitions);
    }
  }

  @Override
  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    try (CommandRun.Wait _ = CommandClients.waitFor(brokers)) {
      return super.endOffsets(partitions);
    }
  }

  @Override
  public long position(TopicPartition partition) {
    try (CommandRun.Wait _ = CommandClients.waitFor(brokers)) {
      return super.position(partition);
    }
  }

  /** Closes at once: a command does not wait for brokers that it has nothing more to ask. */
  @Override
  public void close() {
    if (CommandRun.current().isCommand()) {
      super.close(CloseOptions.timeout(CLOSE));
    } else {
      super.close();
    }
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    budget.used = 0;
    budget.key = 0;
    return super.poll(timeout);
  }

  /** What a record takes of the bound, in bytes. */
  public static long sizeOf(ConsumerRecord<byte[], byte[]> record) {
    return sizeOf(record.key(), record.value(), record.headers());
  }

  /** The same size, from the parts of a record. */
  public static long sizeOf(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
    return lengthOf(key) + lengthOf(value) + sizeOf(headers);
  }

  private static long sizeOf(Headers headers) {
    long bytes = 0;
    for (Header header : headers) {
      bytes += header.key().length() + lengthOf(header.value());
    }
    return bytes;
  }

  private static long lengthOf(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  private static final class Budget {
    long used;

    /** The part of the budget that the key of the next value has taken. */
    long key;

    void check(long used) {
      if (used >= POLL_BYTES) {
        throw new SerializationException(
            "enough bytes for one poll; the record comes with the next");
      }
    }
  }

  /**
   * Ends a poll by failing. The fetcher then returns what it has, keeps the record that failed and
   * deserializes it again at the next poll; with nothing to return it would throw, but the first
   * record of a poll always passes.
   */
  private record Keys(Budget budget) implements Deserializer<byte[]> {
    @Override
    public byte[] deserialize(String topic, byte[] key) {
      throw new UnsupportedOperationException("the consumer hands in buffers");
    }

    @Override
    public byte[] deserialize(String topic, Headers headers, ByteBuffer key) {
      budget.check(budget.used);
      budget.key = key.remaining();
      budget.used += budget.key;
      return bytes(key);
    }
  }

  /** Ends a poll by failing, as {@link Keys} does. */
  private record Values(Budget budget) implements Deserializer<byte[]> {
    @Override
    public byte[] deserialize(String topic, byte[] value) {
      throw new UnsupportedOperationException("the consumer hands in buffers");
    }

    @Override
    public byte[] deserialize(String topic, Headers headers, ByteBuffer value) {
      budget.check(budget.used - budget.key);
      budget.key = 0;
      budget.used += value.remaining() + sizeOf(headers);
      return bytes(value);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
