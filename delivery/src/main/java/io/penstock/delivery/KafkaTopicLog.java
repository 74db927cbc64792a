package io.penstock.delivery;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.Metadata;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.internals.ClassicKafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * The events topic in a real Kafka. Thread-safe.
 *
 * <p>The topic's id is read from the consumer's own metadata, by reflection, since no public method
 * tells it: a fetch names the topic by the id that stands there (Fetch request version 13 and
 * later), so records of a topic that was created anew cannot come before its id does. What an admin
 * client is told may be older or newer than what the consumer reads.
 */
final class KafkaTopicLog implements TopicLog {
  private static final long TIMEOUT_S = 10;

  private final Admin admin;
  private final Field delegate;
  private final Field metadata;

  /**
   * @param admin not closed here
   * @throws IllegalStateException if this version of kafka-clients keeps its metadata elsewhere
   */
  KafkaTopicLog(Admin admin) {
    this.admin = admin;
    try {
      delegate = KafkaConsumer.class.getDeclaredField("delegate");
      delegate.setAccessible(true);
      metadata = ClassicKafkaConsumer.class.getDeclaredField("metadata");
      metadata.setAccessible(true);
    } catch (NoSuchFieldException changed) {
      throw metadataIsElsewhere(changed);
    }
  }

  @Override
  public @Nullable Uuid topicId(Consumer<byte[], byte[]> consumer, String topic) {
    try {
      return ((Metadata) metadata.get(delegate.get(consumer))).topicIds().get(topic);
    } catch (IllegalAccessException | IllegalArgumentException | ClassCastException changed) {
      throw metadataIsElsewhere(changed);
    }
  }

  private static IllegalStateException metadataIsElsewhere(Exception cause) {
    return new IllegalStateException(
        "this version of kafka-clients keeps its metadata elsewhere", cause);
  }

  @Override
  public @Nullable Uuid newestTopicId(String topic) {
    try {
      TopicDescription now =
          await("the id of " + topic, admin.describeTopics(List.of(topic)).allTopicNames())
              .get(topic);
      return now == null ? null : now.topicId();
    } catch (UnknownTopicOrPartitionException deleted) {
      return null;
    }
  }

  @Override
  public Bounds bounds(TopicPartition partition) {
    // Read uncommitted, unless told otherwise: the end is behind open transactions, too.
    ListOffsetsResult begin = admin.listOffsets(Map.of(partition, OffsetSpec.earliest()));
    ListOffsetsResult end = admin.listOffsets(Map.of(partition, OffsetSpec.latest()));
    String what = "the offsets of " + partition;
    return new Bounds(
        await(what, begin.partitionResult(partition)).offset(),
        await(what, end.partitionResult(partition)).offset());
  }

  private static <T> T await(String what, KafkaFuture<T> answer) {
    try {
      return answer.get(TIMEOUT_S, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof KafkaException known
          ? known
          : new KafkaException("cannot ask for " + what, failed);
    } catch (java.util.concurrent.TimeoutException slow) {
      throw new TimeoutException("no broker told " + what + " in time", slow);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new TimeoutException("interrupted while asking for " + what, stopping);
    }
  }
}
