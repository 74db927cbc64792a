package io.penstock.core.intake;

import io.penstock.core.deadletter.Arrival;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Judges records, one at a time. One per stream thread; not thread-safe. */
public interface Judge {
  /** These records are going to be judged; keys and values may be looked at until others come. */
  default void expect(Iterable<ConsumerRecord<byte[], byte[]>> records) {}

  /**
   * Decides what is to become of a record; never throws for what the record contains.
   *
   * @param arrival how the record came
   */
  Verdict judge(IncomingRecord record, Arrival arrival);
}
