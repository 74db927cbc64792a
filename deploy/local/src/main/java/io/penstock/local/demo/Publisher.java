package io.penstock.local.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Json;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.refusal.Reason;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends the reports as events, and among them some that nobody can store. Not thread-safe. */
final class Publisher implements AutoCloseable {
  private static final String STRANGER = "paper-planes";

  /** How many good events stand between two bad ones. */
  private static final int BAD_EVERY = 100;

  private final String topic;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Map<String, Long> sentByClient = new TreeMap<>();
  private final Map<Reason, Long> badByReason = new TreeMap<>();
  private long sent;

  Publisher(KafkaConfig kafka) {
    topic = kafka.eventsTopic();
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * What was sent.
   *
   * @param byClient by the client that the event names, "" where it cannot be read
   * @param bad how many must become dead letters, by reason
   */
  record Sent(long total, Map<String, Long> byClient, Map<Reason, Long> bad) {
    Sent {
      byClient = Map.copyOf(byClient);
      bad = Map.copyOf(bad);
    }
  }

  private record Strike(DemoClient client, StrikeReport report) {}

  /** Sends everything in the order of the flights' dates, and returns when Kafka has it all. */
  Sent publish(List<DemoClient> clients) {
    List<Strike> strikes =
        clients.stream()
            .flatMap(client -> client.reports().stream().map(report -> new Strike(client, report)))
            .sorted(Comparator.comparing(strike -> strike.report.flightDate()))
            .toList();
    for (int i = 0; i < strikes.size(); i++) {
      DemoClient client = strikes.get(i).client;
      StrikeReport report = strikes.get(i).report;
      send(client.id(), client.id(), event(client.id(), client.keyHash(), report, true));
      if ((i + 1) % BAD_EVERY == 0) {
        sendBad(client, report);
      }
    }
    producer.flush();
    Exception failed = failure.get();
    if (failed != null) {
      throw CommandFailure.failed("Kafka did not take every event: " + failed, failed);
    }
    return new Sent(sent, sentByClient, badByReason);
  }

  /** The four kinds take turns. */
  private void sendBad(DemoClient client, StrikeReport report) {
    String id = client.id();
    long turn = badByReason.values().stream().mapToLong(Long::longValue).sum();
    Reason reason =
        switch ((int) (turn % 4)) {
          case 0 -> {
            send(id, id, event(id, ApiKeyHash.ofKey("a guess"), report, true));
            yield Reason.INVALID_API_KEY;
          }
          case 1 -> {
            send(STRANGER, STRANGER, event(STRANGER, client.keyHash(), report, true));
            yield Reason.UNKNOWN_CLIENT;
          }
          case 2 -> {
            String whole = event(id, client.keyHash(), report, true);
            send(id, "", whole.substring(0, whole.indexOf(':')));
            yield Reason.MALFORMED_JSON;
          }
          default -> {
            send(id, id, event(id, client.keyHash(), report, false));
            yield Reason.MISSING_FIELD;
          }
        };
    badByReason.merge(reason, 1L, Long::sum);
  }

  private static String event(
      String clientId, ApiKeyHash keyHash, StrikeReport report, boolean named) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("client_id", clientId);
    event.put("api_key_hash", keyHash.toHex());
    if (named) {
      event.put("event_name", "wildlife_strike");
    }
    event.put("event_id", UUID.randomUUID());
    event.put("event_time", report.flightDate().atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC));
    event.put("event_properties", report.properties());
    return Json.withSecrets(event);
  }

  private void send(String key, String countedFor, String event) {
    var _ =
        producer.send(
            new ProducerRecord<>(topic, key.getBytes(UTF_8), event.getBytes(UTF_8)),
            (_, failed) -> {
              if (failed != null) {
                failure.compareAndSet(null, failed);
              }
            });
    sent++;
    sentByClient.merge(countedFor, 1L, Long::sum);
  }

  @Override
  public void close() {
    producer.close();
  }
}
