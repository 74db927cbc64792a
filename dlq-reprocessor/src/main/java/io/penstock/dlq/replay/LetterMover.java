package io.penstock.dlq.replay;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Moves letters of one partition of the dead-letter topic in Kafka transactions: the event to the
 * events topic and the tombstone to the letter's partition, together or not at all.
 *
 * <p>The transactional id is the partition's. Opening a mover therefore ends a transaction that
 * another mover of the partition has left open, and fences that mover: of two that try to move the
 * same letter, one fails. Not thread-safe.
 */
final class LetterMover implements AutoCloseable {
  /** How long routers may have to wait for a mover that was killed within a transaction. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(15);

  /** A commit is awaited for longer than Kafka lets the transaction be open. */
  private static final Duration COMMIT_TIMEOUT = TRANSACTION_TIMEOUT.multipliedBy(2);

  private static final int MAX_REQUEST_BYTES = 64 << 20;

  private final KafkaConfig kafka;
  private final KafkaProducer<byte[], byte[]> producer;

  /** One letter's event and tombstone. */
  record Move(ProducerRecord<byte[], byte[]> event, ProducerRecord<byte[], byte[]> tombstone) {}

  /**
   * What a transaction did.
   *
   * @param places where the events stand now
   * @param tooLarge how many the events topic does not take for their size; their letters stay
   */
  record Moved(List<RecordMetadata> places, int tooLarge) {}

  /**
   * Opens the mover, and ends the transaction that an earlier one has left open. Blocks until Kafka
   * has done so.
   */
  LetterMover(KafkaConfig kafka, TopicPartition partition) {
    this.kafka = kafka;
    Map<String, Object> settings = CommandClients.settings(kafka);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "penstock-dlq-" + partition);
    settings.put(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Math.toIntExact(TRANSACTION_TIMEOUT.toMillis()));
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 12_000);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.toIntExact(COMMIT_TIMEOUT.toMillis()));
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) MAX_REQUEST_BYTES);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    try (CommandRun.Wait _ = CommandClients.waitFor(kafka)) {
      producer.initTransactions();
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * Moves all letters in one transaction, except those that are too large.
   *
   * @throws KafkaException if none was moved; if the end of the transaction is what failed, either
   *     all were or none was
   */
  Moved move(List<Move> moves) {
    List<Move> remaining = new ArrayList<>(moves);
    int tooLarge = 0;
    while (!remaining.isEmpty()) {
      producer.beginTransaction();
      List<Future<RecordMetadata>> sent = new ArrayList<>(remaining.size());
      try (CommandRun.Wait _ = CommandClients.waitFor(kafka)) {
        int refused = send(remaining, sent);
        if (refused < 0) {
          producer.commitTransaction();
          CommandRun.current().changed();
          return new Moved(sent.stream().map(Future::resultNow).toList(), tooLarge);
        }
        producer.abortTransaction();
        remaining.remove(refused);
        tooLarge++;
      } catch (KafkaException e) {
        abort(e);
        throw e;
      }
    }
    return new Moved(List.of(), tooLarge);
  }

  /**
   * Sends all, and waits for the events.
   *
   * @return the first that is too large, or -1
   */
  private int send(List<Move> moves, List<Future<RecordMetadata>> sent) {
    for (int i = 0; i < moves.size(); i++) {
      // A refusal for the size comes as the future's failure, like the broker's own.
      sent.add(producer.send(moves.get(i).event));
      if (sent.get(i).state() == Future.State.FAILED) {
        break;
      }
      Future<?> _ = producer.send(moves.get(i).tombstone);
    }
    producer.flush();
    for (int i = 0; i < sent.size(); i++) {
      KafkaException failed = failure(sent.get(i));
      if (failed instanceof RecordTooLargeException) {
        return i;
      }
      if (failed != null) {
        throw failed;
      }
    }
    return -1;
  }

  private static @Nullable KafkaException failure(Future<RecordMetadata> sent) {
    try {
      var _ = sent.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause() instanceof KafkaException kafka
          ? kafka
          : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new InterruptException(e);
    }
  }

  private void abort(KafkaException why) {
    try {
      producer.abortTransaction();
    } catch (KafkaException | IllegalStateException e) {
      // Fenced, out of reach, or a commit was not answered, after which Kafka's client refuses to
      // abort: Kafka ends the transaction itself, at the time-out at the latest.
      why.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
