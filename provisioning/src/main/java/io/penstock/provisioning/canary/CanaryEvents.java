package io.penstock.provisioning.canary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.metrics.Meters;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the canary's events, as any producer does, in bounded time and memory: a Kafka that is down
 * costs five seconds a round, and what it has not taken after 30 seconds is dropped. Not
 * thread-safe.
 */
final class CanaryEvents implements AutoCloseable {
  static final String EVENT_NAME = "penstock_canary";

  private static final String SILENT = "Kafka does not answer";
  private static final int ANSWER_MILLIS = 5_000;
  private static final int DELIVERY_MILLIS = 30_000;
  private static final long BUFFER_BYTES = 8 << 20;

  /** Some events; the producer takes so much memory for each partition. */
  private static final int BATCH_BYTES = 2_048;

  private static final Duration CLOSING = Duration.ofSeconds(2);
  private static final byte[] KEY = CanaryClient.ID.getBytes(UTF_8);

  private final KafkaConfig config;
  private final Meters meters;

  /** Tells the events of one process from those of another. */
  private final UUID session = UUID.randomUUID();

  private @Nullable Admin admin;
  private @Nullable KafkaClientMetrics ofAdmin;
  private @Nullable KafkaProducer<byte[], byte[]> producer;
  private @Nullable KafkaClientMetrics ofProducer;
  private @Nullable Uuid topicId;
  private volatile @Nullable String refusal;

  /** Asks nothing yet. */
  CanaryEvents(KafkaConfig config, Meters meters) {
    this.config = config;
    this.meters = meters;
  }

  /**
   * The events topic as it is now.
   *
   * @param anew whether it has been created anew since it was looked at before
   */
  record Topic(int partitions, boolean anew) {}

  /** Kafka cannot be asked, or has no such topic; the message is for a person. */
  static final class NoTopic extends Exception {
    private static final long serialVersionUID = 1;

    NoTopic(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Looks at the topic. An admin client is asked, since a producer that asks may create it.
   *
   * @throws NoTopic if nothing can be sent now
   */
  Topic topic() throws NoTopic {
    String name = config.eventsTopic();
    try {
      TopicDescription topic =
          Objects.requireNonNull(
                  admin()
                      .describeTopics(
                          List.of(name), new DescribeTopicsOptions().timeoutMs(ANSWER_MILLIS))
                      .topicNameValues()
                      .get(name))
              .get(2 * ANSWER_MILLIS, TimeUnit.MILLISECONDS);
      boolean anew = topicId != null && !topicId.equals(topic.topicId());
      if (anew) {
        // Its sequence numbers are those of the topic that was.
        closeProducer();
      }
      topicId = topic.topicId();
      return new Topic(topic.partitions().size(), anew);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      throw new NoTopic(
          switch (cause) {
            case UnknownTopicOrPartitionException _ ->
                "there is no topic %s; ./penstock setup creates it".formatted(name);
            // What it says besides changes each time.
            case org.apache.kafka.common.errors.TimeoutException _ -> SILENT;
            default -> "Kafka: " + cause.getMessage();
          },
          e);
    } catch (TimeoutException e) {
      throw new NoTopic(SILENT, e);
    } catch (KafkaException e) {
      throw new NoTopic("Kafka: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoTopic("interrupted", e);
    }
  }

  /**
   * Sends an event.
   *
   * @param into told what became of it, by the producer's thread
   * @return whether Kafka may have it; false: it does not take any now
   */
  boolean send(Outstanding.Sent event, String keyHash, Outstanding into) {
    byte[] value = value(event, keyHash).getBytes(UTF_8);
    try {
      return !producer()
          .send(
              new ProducerRecord<>(config.eventsTopic(), event.partition(), KEY, value),
              (_, failed) -> {
                if (failed == null) {
                  refusal = null;
                  into.taken(event);
                } else {
                  refused(event, failed, into);
                }
              })
          .state()
          .equals(Future.State.FAILED);
    } catch (KafkaException e) {
      refused(event, e, into);
      return false;
    }
  }

  private void refused(Outstanding.Sent event, Exception why, Outstanding into) {
    refusal = "Kafka did not take an event: " + why.getMessage();
    into.refused(event);
  }

  /**
   * Why Kafka did not take the last event, for a person; null: it did. May be asked by any thread.
   */
  @Nullable String refusal() {
    return refusal;
  }

  /** An event of the contract. */
  String value(Outstanding.Sent event, String keyHash) {
    return """
    {"client_id":"%s","api_key_hash":"%s","event_id":"%s","event_name":"%s","event_time":%d,\
    "session_id":"%s","event_properties":{"partition":%d}}\
    """
        .formatted(
            CanaryClient.ID,
            keyHash,
            event.id(),
            EVENT_NAME,
            event.millis(),
            session,
            event.partition());
  }

  private Admin admin() {
    Admin open = admin;
    if (open == null) {
      Map<String, Object> settings = config.clientProperties();
      settings.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
      settings.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
      AdminClient created = AdminClient.create(settings);
      ofAdmin = new KafkaClientMetrics(created);
      ofAdmin.bindTo(meters.registry());
      open = created;
      admin = open;
    }
    return open;
  }

  private KafkaProducer<byte[], byte[]> producer() {
    KafkaProducer<byte[], byte[]> open = producer;
    if (open == null) {
      Map<String, Object> settings = config.clientProperties();
      settings.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
      settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, ANSWER_MILLIS);
      settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MILLIS);
      settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
      settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
      settings.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
      open = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
      producer = open;
      ofProducer = new KafkaClientMetrics(open);
      ofProducer.bindTo(meters.registry());
    }
    return open;
  }

  private void closeProducer() {
    if (ofProducer != null) {
      ofProducer.close();
      ofProducer = null;
    }
    if (producer != null) {
      producer.close(CLOSING);
      producer = null;
    }
  }

  @Override
  public void close() {
    closeProducer();
    if (ofAdmin != null) {
      ofAdmin.close();
    }
    if (admin != null) {
      admin.close(CLOSING);
    }
  }
}
