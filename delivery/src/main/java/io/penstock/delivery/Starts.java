package io.penstock.delivery;

import io.penstock.core.kafka.CommittedOffset;
import io.penstock.delivery.TopicLog.Bounds;
import io.penstock.delivery.metrics.DeliveryMetrics;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides where a partition is taken up: at the committed offset, if the topic and its log bear it
 * out (docs/adr/0012). Stateless.
 */
record Starts(TopicLog events, DeliveryMetrics metrics) {
  private static final Logger log = LoggerFactory.getLogger(Starts.class);

  /** Where a partition is taken up. */
  sealed interface Start {
    /**
     * It goes on.
     *
     * @param at up to where everything is durable; its own topic id may be null
     * @param position the first record to read: at the committed offset, or behind what is gone
     * @param oldKeysBelow the release before may have written letters of records below this offset
     */
    record From(Uuid topicId, CommittedOffset at, long position, long oldKeysBelow)
        implements Start {}

    /**
     * Nobody can say where without losing events: somebody has to.
     *
     * @param at the committed offset
     * @param reason for that person, with the command that mends it
     */
    record Stopped(Uuid topicId, CommittedOffset at, String reason) implements Start {}
  }

  /**
   * @param committed null: nothing
   * @throws KafkaException if Kafka does not say what the partition has
   */
  Start find(
      Consumer<byte[], byte[]> consumer,
      TopicPartition partition,
      @Nullable OffsetAndMetadata committed) {
    Uuid topicId = events.topicId(consumer, partition.topic());
    if (topicId == null) {
      throw new KafkaException(
          "the topic " + partition.topic() + " is being deleted, or its brokers give it no id");
    }
    Bounds bounds = events.bounds(partition);
    if (committed == null) {
      return begin(topicId, bounds);
    }
    CommittedOffset at = CommittedOffset.parse(committed);
    if (at.standsStill(topicId, bounds.begin(), bounds.end())) {
      return new Start.Stopped(
          topicId,
          at,
          "the committed offset %d %s; %s"
              .formatted(at.offset(), whyStopped(at, bounds), remedy(partition)));
    }
    if (!at.belongsTo(topicId)) {
      log.atWarn()
          .addKeyValue("partition", partition)
          .addKeyValue("committed", at.offset())
          .addKeyValue("oldTopicId", at.topicId())
          .addKeyValue("topicId", topicId)
          .log("The topic was created anew: the committed offset is of the old one and not used");
      return begin(topicId, bounds);
    }
    if (at.offset() < bounds.begin()) {
      expired(partition, at.offset(), bounds.begin());
      return new Start.From(topicId, at, bounds.begin(), oldKeysBelow(at, bounds));
    }
    if (at.offset() > bounds.end()) {
      log.atWarn()
          .addKeyValue("partition", partition)
          .addKeyValue("committed", at.offset())
          .addKeyValue("end", bounds.end())
          .log(
              "The committed offset is past the log's end, and the log is empty: it goes on there");
      return begin(topicId, bounds);
    }
    return new Start.From(topicId, at, at.offset(), oldKeysBelow(at, bounds));
  }

  /** An offset that was set by hand is without a version, too, but also without Streams' text. */
  private static long oldKeysBelow(CommittedOffset at, Bounds bounds) {
    return at.version() == 0 && !at.streams().isEmpty() ? bounds.end() : 0;
  }

  private static Start.From begin(Uuid topicId, Bounds bounds) {
    return new Start.From(
        topicId, CommittedOffset.settled(bounds.begin(), "", topicId, null), bounds.begin(), 0);
  }

  private static String whyStopped(CommittedOffset at, Bounds bounds) {
    return at.state() instanceof CommittedOffset.State.Later
        ? "was committed by a later release of Penstock"
        : "is, or was when it was first met, past the log's end, which has the offsets %d to %d: events may be unread below it"
            .formatted(bounds.begin(), bounds.end());
  }

  /** What an operator does about a partition that stands still because of its offset. */
  static String remedy(TopicPartition partition) {
    return "stop the routers, run ./penstock offsets move --partition %d --to ..., start them again"
        .formatted(partition.partition());
  }

  /**
   * Kafka deleted records before they were read: nobody can bring them back, somebody must know.
   */
  void expired(TopicPartition partition, long from, long to) {
    lost(partition, from, to, "Kafka deleted records before they were read: these events are lost");
  }

  /** The same of a topic that was deleted while its records were on their way. */
  void lostWithTopic(TopicPartition partition, long from, long to) {
    lost(
        partition,
        from,
        to,
        "The topic was deleted before these of its records were stored: they are lost");
  }

  private void lost(TopicPartition partition, long from, long to, String message) {
    metrics.expired(to - from);
    log.atError()
        .addKeyValue("partition", partition)
        .addKeyValue("from", from)
        .addKeyValue("to", to)
        .addKeyValue("offsets", to - from)
        .log(message);
  }
}
