package io.penstock.delivery;

import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The topology: one source, one processor. There is no sink: rows and dead letters leave through
 * the hub, whose commits know when they have arrived.
 */
public final class DeliveryTopology {
  private DeliveryTopology() {}

  /**
   * @param eventsTopic where events come from
   * @param hubOfThisThread finds the calling stream thread's hub
   * @param flushInterval how often what was held back is looked at again
   */
  public static Topology build(
      String eventsTopic, Supplier<Hub> hubOfThisThread, Duration flushInterval) {
    return new Topology()
        .addSource(
            AutoOffsetReset.earliest(),
            "events",
            new BrokerTimestamp(),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            eventsTopic)
        .addProcessor(
            "intake", () -> new IntakeProcessor(hubOfThisThread, flushInterval), "events");
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
