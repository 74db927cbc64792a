package io.penstock.delivery;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The topology: for each topic one source and one processor, which have nothing to do with the
 * others'. There is no sink: rows and dead letters leave through the hub, whose commits know when
 * they have arrived.
 */
public final class DeliveryTopology {
  private DeliveryTopology() {}

  /**
   * @param topics where records come from; later releases add topics at the end, since the order is
   *     that of Kafka Streams' task ids
   * @param hubOfThisThread finds the calling stream thread's hub
   * @param flushInterval how often what was held back is looked at again
   */
  public static Topology build(
      List<String> topics, Supplier<Hub> hubOfThisThread, Duration flushInterval) {
    Topology topology = new Topology();
    for (String topic : topics) {
      String processor = "intake-" + topic;
      topology
          .addSource(
              AutoOffsetReset.earliest(),
              topic,
              new BrokerTimestamp(),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer(),
              topic)
          .addProcessor(
              processor, () -> new IntakeProcessor(hubOfThisThread, flushInterval), topic);
    }
    return topology;
  }

  /**
   * Streams' own extractor ends the thread at a negative timestamp, which any producer can send.
   */
  private static final class BrokerTimestamp implements TimestampExtractor {
    @Override
    public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
      return Math.max(record.timestamp(), 0);
    }
  }
}
