package io.penstock.provisioning.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.metrics.Meters;
import io.penstock.provisioning.Eventually;
import io.penstock.provisioning.Metadata;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class CanaryEventsIT {
  private static final String HASH = ApiKeyHash.ofKey("any").toHex();

  private final KafkaConfig shared = Metadata.shared().kafka;
  private final Outstanding outstanding =
      new Outstanding(Duration.ofMinutes(1), System::nanoTime, _ -> {});

  private KafkaConfig of(String bootstrapServers, String topic) {
    return new KafkaConfig(
        bootstrapServers, Map.of(), topic, topic + "-dead", null, shared.topicPartitions(), null);
  }

  @Test
  void aKafkaThatIsDownIsToldAndKeepsNobodyWaiting() {
    // Nobody listens on the discard port.
    try (CanaryEvents events = new CanaryEvents(of("127.0.0.1:9", "any"), new Meters())) {
      assertThatThrownBy(events::topic)
          .isInstanceOf(CanaryEvents.NoTopic.class)
          .hasMessage("Kafka does not answer");
      assertThat(events.send(outstanding.add(0, 1), HASH, outstanding)).isFalse();
      assertThat(events.refusal()).startsWith("Kafka did not take an event: ");
    }
    assertThat(outstanding.sent()).isZero();
    assertThat(outstanding.oldest()).as("it is followed all the same").isNotNull();
  }

  @Test
  void aTopicThatIsNotThereIsToldAndNotCreatedAndOneThatIsCreatedAnewIsNoticed() throws Exception {
    String topic = "canary-anew";
    try (Admin admin = Admin.create(shared.clientProperties());
        CanaryEvents events =
            new CanaryEvents(of(shared.bootstrapServers(), topic), new Meters())) {
      assertThatThrownBy(events::topic)
          .isInstanceOf(CanaryEvents.NoTopic.class)
          .hasMessage("there is no topic canary-anew; ./penstock setup creates it");
      assertThat(admin.listTopics().names().get()).doesNotContain(topic);

      create(admin, topic, 2);
      assertThat(awaitTopic(events)).isEqualTo(new CanaryEvents.Topic(2, false));
      send(events, 1);
      assertThat(events.topic()).isEqualTo(new CanaryEvents.Topic(2, false));

      admin.deleteTopics(List.of(topic)).all().get();
      Eventually.await(
          "it is gone",
          () -> {
            try {
              return !admin.listTopics().names().get().contains(topic);
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      create(admin, topic, 3);
      assertThat(awaitTopic(events)).isEqualTo(new CanaryEvents.Topic(3, true));
      send(events, 2);
      assertThat(outstanding.sent()).isEqualTo(2);
      admin.deleteTopics(List.of(topic)).all().get();
    }
  }

  private static void create(Admin admin, String topic, int partitions) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
  }

  /** A topic is there some time after it was created. */
  private static CanaryEvents.Topic awaitTopic(CanaryEvents events) {
    CanaryEvents.Topic[] seen = new CanaryEvents.Topic[1];
    Eventually.await(
        "it is there",
        () -> {
          try {
            seen[0] = events.topic();
            return true;
          } catch (CanaryEvents.NoTopic notYet) {
            return false;
          }
        });
    return seen[0];
  }

  private void send(CanaryEvents events, int sent) {
    assertThat(events.send(outstanding.add(1, 1), HASH, outstanding)).isTrue();
    Eventually.await("Kafka has it", () -> outstanding.sent() == sent);
    assertThat(events.refusal()).isNull();
  }
}
