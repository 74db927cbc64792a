package io.penstock.delivery;

import static java.util.Objects.requireNonNull;

import io.penstock.core.intake.IncomingRecord;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** Hands each record of a task to the hub of its stream thread. One per task, hence partition. */
final class IntakeProcessor implements Processor<byte[], byte[], Void, Void> {
  private final Supplier<Hub> hubOfThisThread;
  private final Duration flushInterval;
  private @Nullable ProcessorContext<Void, Void> context;
  private @Nullable Hub hub;
  private @Nullable TopicPartition partition;

  IntakeProcessor(Supplier<Hub> hubOfThisThread, Duration flushInterval) {
    this.hubOfThisThread = hubOfThisThread;
    this.flushInterval = flushInterval;
  }

  @Override
  public void init(ProcessorContext<Void, Void> started) {
    context = started;
    hub = hubOfThisThread.get();
    // Kafka Streams commits a task only if something happened in it since the last commit, and
    // takes a punctuation for something. Without it, what an outage or a failed look-up held back
    // would wait for the partition's next record.
    started.schedule(flushInterval, PunctuationType.WALL_CLOCK_TIME, now -> {});
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    ProcessorContext<Void, Void> here = requireNonNull(context);
    RecordMetadata metadata = here.recordMetadata().orElseThrow();
    if (partition == null) {
      partition = new TopicPartition(metadata.topic(), metadata.partition());
    }
    boolean roomLeft =
        requireNonNull(hub)
            .process(
                partition,
                new IncomingRecord(
                    metadata.offset(),
                    record.timestamp(),
                    record.key(),
                    record.value(),
                    record.headers()));
    if (!roomLeft) {
      here.commit();
    }
  }
}
