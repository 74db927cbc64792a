package io.penstock.core.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer whose polls are bounded by bytes as they are in memory. Kafka's own bounds are of
 * compressed bytes, and of records: a batch of some kB may unfold to gigabytes. A poll here returns
 * at most {@link #POLL_BYTES} and one record (docs/adr/0014). As little thread-safe as any.
 */
public final class BoundedConsumer extends KafkaConsumer<byte[], byte[]> {
  /** Of values and headers, unpacked; the record that passes it is still returned. */
  public static final long POLL_BYTES = 8 << 20;

  private final Budget budget;

  public BoundedConsumer(Map<String, Object> settings) {
    this(settings, new Budget());
  }

  private BoundedConsumer(Map<String, Object> settings, Budget budget) {
    super(settings, new ByteArrayDeserializer(), new Values(budget));
    this.budget = budget;
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    budget.used = 0;
    return super.poll(timeout);
  }

  /** What a record takes of the bound, in bytes. */
  public static long sizeOf(byte @Nullable [] value, Headers headers) {
    return lengthOf(value) + sizeOf(headers);
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
  }

  /**
   * Ends a poll by failing. The fetcher then returns what it has, keeps the record that failed and
   * deserializes it again at the next poll; with nothing to return it would throw, but the first
   * record of a poll always passes.
   */
  private record Values(Budget budget) implements Deserializer<byte[]> {
    @Override
    public byte[] deserialize(String topic, byte[] value) {
      throw new UnsupportedOperationException("the consumer hands in buffers");
    }

    @Override
    public byte[] deserialize(String topic, Headers headers, ByteBuffer value) {
      if (budget.used >= POLL_BYTES) {
        throw new SerializationException(
            "enough bytes for one poll; the record comes with the next");
      }
      byte[] bytes = new byte[value.remaining()];
      value.get(bytes);
      budget.used += bytes.length + sizeOf(headers);
      return bytes;
    }
  }
}
