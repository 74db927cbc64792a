package io.penstock.core.intake;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.rows.RowWriter;
import io.penstock.core.rows.Table;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What the records of one topic mean: which of them are accepted, and which rows these become. One
 * per stream thread; not thread-safe.
 *
 * @param <E> what a record is once it is accepted; it may be used again for the next one
 */
public interface Contract<E> {
  /** These records are going to be judged; keys and values may be looked at until others come. */
  default void expect(Iterable<ConsumerRecord<byte[], byte[]>> records) {}

  /**
   * Decides what is to become of a record; never throws for what the record contains.
   *
   * @param arrival how the record came
   */
  Verdict<E> judge(IncomingRecord record, Arrival arrival);

  /**
   * Writes the rows of the record that was just accepted: any number, for any tables, of any
   * clients. They follow from the record and its arrival alone, in the same order each time, since
   * a record that is read again after a crash must give the same rows. If this throws, what it
   * wrote is taken back.
   *
   * @param client who sent the record
   */
  void write(
      E content, ClientMetadata client, IncomingRecord record, Arrival arrival, RowWriter rows);

  /**
   * A record again, as far as one of its rows tells: for its dead letter, where Kafka has deleted
   * the record itself.
   *
   * @param row as it was written
   * @param clientId of the client whose row it is
   */
  IncomingRecord rebuild(long offset, Table table, byte[] row, String clientId);
}
