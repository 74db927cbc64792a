package io.penstock.provisioning.account;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.LetterConsumers;
import io.penstock.core.event.Event;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.kafka.LeftOut;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Reads records of the events topic again. Not thread-safe. */
final class KafkaRecords implements BlockLook.Records, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(500);

  /** What was stored once has been judged already: nothing is too large or of a wrong time. */
  private static final EventLimits ANY =
      new EventLimits(BoundedConsumer.LARGEST_BYTES, Long.MIN_VALUE, 1L << 52);

  private final String topic;
  private final String topicId;
  private final Consumer<byte[], byte[]> consumer;
  private final EventParser parser = new EventParser(ANY);

  /**
   * @param topicId of the topic as it is now
   */
  KafkaRecords(KafkaConfig kafka, String topic, String topicId) {
    this.topic = topic;
    this.topicId = topicId;
    Map<String, Object> settings = LetterConsumers.askingSettings(kafka);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    this.consumer = new BoundedConsumer(settings);
  }

  @Override
  public boolean read(
      String ofTopicId,
      int partition,
      long from,
      long to,
      java.util.function.Consumer<BlockLook.Sent> reader) {
    if (!ofTopicId.equals(topicId)) {
      return false;
    }
    TopicPartition place = new TopicPartition(topic, partition);
    try {
      consumer.assign(List.of(place));
      consumer.seek(place, from);
      long heardAt = System.nanoTime();
      long reached = from;
      while (reached < to) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          BlockLook.Sent sent = record.offset() < to ? sent(record) : null;
          if (sent != null) {
            reader.accept(sent);
          }
        }
        long position = consumer.position(place);
        if (position > reached) {
          reached = position;
          heardAt = System.nanoTime();
        } else if (System.nanoTime() - heardAt > PATIENCE.toNanos()) {
          return false;
        }
      }
      return true;
    } catch (KafkaException gone) {
      return false; // Deleted, or Kafka does not tell.
    }
  }

  private BlockLook.@Nullable Sent sent(ConsumerRecord<byte[], byte[]> record) {
    if (LeftOut.of(record.headers()) != null) {
      return null;
    }
    Origin here = new Origin(Uuid.fromString(topicId), topic, record.partition(), record.offset());
    Arrival arrival = Arrival.of(here, record.timestamp(), record.headers(), record.value(), null);
    if (parser.parse(
            record.value(),
            header(record, EventParser.CLIENT_ID_HEADER),
            header(record, EventParser.API_KEY_HASH_HEADER),
            arrival.timestampMillis())
        != null) {
      return null;
    }
    Event event = parser.event();
    if (!event.hasEventId()) {
      event.deriveEventId(arrival.origin());
    }
    return new BlockLook.Sent(
        record.offset(),
        event.clientId(),
        new UUID(event.eventIdHigh(), event.eventIdLow()),
        event.eventTimeMillis(),
        arrival.timestampMillis(),
        record.timestamp());
  }

  private static byte @Nullable [] header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : header.value();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
