package io.penstock.router;

import io.penstock.core.deadletter.OriginPartitioner;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.LogAndFailExceptionHandler;
import org.apache.kafka.streams.errors.LogAndFailProcessingExceptionHandler;

/** What the router asks of Kafka Streams, each with its reason. */
final class StreamsSettings {
  /** Large, but not so large that Kafka Streams' addition to the clock overflows. */
  private static final Duration TASK_TIMEOUT = Duration.ofDays(365);

  /** What a dead letter has besides its record. */
  private static final int DEAD_LETTER_HEADERS = 1 << 20;

  private static final int DEAD_LETTERS_AT_ONCE = 32 << 20;

  private StreamsSettings() {}

  /**
   * @param name tells this process from others of the group, and who replays which secret it has
   */
  static Properties of(RouterConfig config, String name) {
    Properties all = new Properties();
    // Defaults, which passed-through Kafka properties of the same names override.
    all.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1_000);
    all.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
    all.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    // Before compression. Whatever was taken whole fits its dead letter.
    int largest = config.largestRecord() + DEAD_LETTER_HEADERS;
    all.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) Math.max(largest, DEAD_LETTERS_AT_ONCE));
    all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, largest);
    all.putAll(config.kafka().clientProperties());

    // What follows delivery depends on (docs/delivery.md).
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
    // Members of the group are named so, and so are routers that confirm an announcement.
    all.put(StreamsConfig.CLIENT_ID_CONFIG, name);
    all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
    all.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
    all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
    all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.flushInterval().toMillis());
    all.put(StreamsConfig.TASK_TIMEOUT_MS_CONFIG, TASK_TIMEOUT.toMillis());
    // A task has one partition: there is nothing to wait for and to merge with.
    all.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    // The guarded consumer says where to go on, and what was lost: a reset by itself is silent.
    all.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "none");
    all.put(StreamsConfig.consumerPrefix(ConsumerConfig.ISOLATION_LEVEL_CONFIG), "read_committed");
    all.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
    all.put(
        StreamsConfig.producerPrefix(ProducerConfig.PARTITIONER_CLASS_CONFIG),
        OriginPartitioner.class.getName());
    all.put(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
        LogAndFailExceptionHandler.class);
    all.put(
        StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
        LogAndFailProcessingExceptionHandler.class);
    return all;
  }
}
