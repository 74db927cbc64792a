package io.penstock.core.deadletter;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.run.CommandRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes into the dead-letter topic for the operators' commands, in the order of the calls within a
 * partition, and counts what all replicas in sync have taken. Every method throws {@link
 * KafkaException} if Kafka does not take a record, at the latest in {@link #confirm}; the message
 * names the letter, others may have been written. Not thread-safe.
 */
public final class LetterWriter implements AutoCloseable {
  /** The largest record that is written, unless the operator's own Kafka properties say more. */
  public static final int MAX_BYTES = 32 << 20;

  private static final int MAX_UNCONFIRMED = 10_000;

  private final KafkaConfig kafka;
  private final String topic;
  private final LongConsumer progress;
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<Sent> sent = new ArrayList<>();
  private long confirmed;
  private int partitions;

  private record Sent(String letter, Future<?> answer) {}

  /**
   * Writes into the topic that {@code kafka} names; connects when first used.
   *
   * @param progress told how many records Kafka has taken so far, whenever there are more, also
   *     before an exception
   */
  public LetterWriter(KafkaConfig kafka, LongConsumer progress) {
    this.kafka = kafka;
    this.topic = kafka.deadLettersTopic();
    this.progress = progress;
    Map<String, Object> settings = CommandClients.settings(kafka);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_BYTES);
    settings.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) MAX_BYTES);
    this.producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Writes the tombstone of a letter that is discarded into its own partition; the letter must have
   * a key.
   */
  public void discard(DeadLetter letter) {
    send(letter, LetterState.tombstone(letter, LetterState.What.DISCARDED));
  }

  /**
   * Writes the letter as it is, with a new offset and time: into its own partition, or, if the
   * topic has no such partition, into that which Kafka's default partitioner chooses by the key.
   */
  public void restore(DeadLetter letter) {
    if (partitions == 0) {
      partitions = producer.partitionsFor(topic).size();
    }
    int own = letter.partition().partition();
    Integer target = own < partitions ? own : null;
    send(
        letter,
        new ProducerRecord<>(topic, target, letter.key(), letter.value(), letter.headers()));
  }

  private void send(DeadLetter letter, ProducerRecord<byte[], byte[]> record) {
    try (CommandRun.Wait _ = CommandClients.waitFor(kafka)) {
      sent.add(new Sent(letter.name(), producer.send(record)));
    }
    if (sent.size() == MAX_UNCONFIRMED) {
      confirm();
    }
  }

  /** Waits until Kafka has taken all that was written. */
  public void confirm() {
    try (CommandRun.Wait _ = CommandClients.waitFor(kafka)) {
      producer.flush();
    }
    KafkaException failure = count();
    if (failure != null) {
      throw failure;
    }
  }

  /** How many records Kafka has taken, as far as it has answered. */
  public long confirmed() {
    return confirmed;
  }

  /** Counts the answers, all of which are there. */
  private @Nullable KafkaException count() {
    KafkaException failure = null;
    for (Sent one : sent) {
      try {
        var _ = one.answer.get();
        confirmed++;
        CommandRun.current().changed();
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        failure =
            failure == null
                ? new KafkaException(one.letter + ": " + cause.getMessage(), cause)
                : failure;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = new KafkaException("interrupted while writing dead letters", e);
        break;
      }
    }
    if (!sent.isEmpty()) {
      sent.clear();
      progress.accept(confirmed);
    }
    return failure;
  }

  /** Waits for what is on its way, and counts it. */
  @Override
  public void close() {
    try (CommandRun.Wait _ = CommandClients.waitFor(kafka)) {
      producer.close();
    }
    var _ = count();
  }
}
