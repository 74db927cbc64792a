package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.cli.ExitCode;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.doctor.Finding;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.target.Export;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What other programs do in the routers' topic and group. */
class NeighboursFaultIT {
  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void anOpenTransactionIsToldWithItsHolderAndWhatWaitedBehindItIsStored() throws Exception {
    String client = scenario.activeClient("held");
    String ending = scenario.activeClient("ending");
    Map<String, Object> settings = scenario.config.kafka().clientProperties();
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "slow-neighbour");
    // The broker must not end it before the test does.
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 600_000);
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady();
        KafkaProducer<byte[], byte[]> slow =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      slow.initTransactions();
      slow.beginTransaction();
      var place =
          slow.send(
                  new ProducerRecord<>(
                      scenario.config.kafka().eventsTopic(),
                      // The key of every sixteenth good event, so these lie in its partition.
                      (client + "0").getBytes(UTF_8),
                      "never committed".getBytes(UTF_8)))
              .get();
      String holds = "n open transaction holds partition " + place.partition();
      for (int i = 0; i < 400; i++) {
        scenario.sendGood(client);
      }
      scenario.flush();
      PartitionOffset held = offsets().get(place.partition());
      assertThat(held.note())
          .contains("a" + holds, "at offset " + place.offset(), "transactional id slow-neighbour");
      assertThat(held.readable()).isEqualTo(place.offset());
      long readable = offsets().stream().mapToLong(PartitionOffset::readable).sum();
      Scenario.await(() -> scenario.storedNow() == readable);
      assertThat(held.end())
          .as("others wrote into its partition, too")
          .isGreaterThan(place.offset() + 1);

      Scenario.await(() -> router.get("/health/ready").statusCode() == 503);

      assertThat(router.get("/health/ready").body())
          .contains("A" + holds, "at offset " + place.offset() + " since ", "slow-neighbour");
      assertThat(router.metric("penstock_lag_records")).as("what can be read is stored").isZero();
      assertThat(router.metric("penstock_held_records"))
          .isEqualTo((double) (held.end() - place.offset()));
      assertThat(scenario.doctor())
          .anySatisfy(finding -> {
            assertThat(finding.level()).isEqualTo(Finding.Level.ERROR);
            assertThat(finding.what()).contains("a" + holds);
          });
      assertThatThrownBy(() -> deprovision(ending))
          .isInstanceOf(StepFailed.class)
          .hasMessageContaining("a" + holds)
          .hasMessageContaining("kafka-transactions.sh abort")
          .hasMessageNotContaining("start a router");

      slow.abortTransaction();

      scenario.settle();
      Scenario.await(() -> router.get("/health/ready").statusCode() == 200);
      assertThat(router.metric("penstock_held_records")).isZero();
    }
  }

  private List<PartitionOffset> offsets() throws StepFailed {
    return new Offsets(scenario.config.kafka(), scenario.config.applicationId()).read();
  }

  private void deprovision(String client) throws Exception {
    var _ =
        scenario
            .provisioning
            .deprovisioner()
            .run(
                new DeprovisionRequest(
                    client, null, Duration.ofSeconds(2), null, Export.Format.NATIVE, false),
                _ -> {});
  }

  @Test
  void aPlainConsumerInTheGroupIsNamedWithItsHost() {
    Map<String, Object> settings = scenario.config.kafka().clientProperties();
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, scenario.config.applicationId());
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "somebodys-script");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady();
        KafkaConsumer<byte[], byte[]> plain =
            new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      router.freeze();
      plain.subscribe(List.of(scenario.config.kafka().eventsTopic()));
      Scenario.await(() -> {
        try {
          var _ = plain.poll(Duration.ofMillis(100));
        } catch (InconsistentGroupProtocolException stillARouters) {
          plain.unsubscribe();
          plain.subscribe(List.of(scenario.config.kafka().eventsTopic()));
        }
        return !plain.assignment().isEmpty();
      });
      router.thaw();
      Scenario.await(() -> {
        var _ = plain.poll(Duration.ofMillis(100));
        return !router.isAlive();
      });

      assertThat(router.awaitExit()).isEqualTo(ExitCode.FAILED);
      assertThat(router.log())
          .contains("has members that are no routers: somebodys-script on /127.0.0.1");
      RouterProcess next = new RouterProcess(scenario.properties);
      Scenario.await(() -> {
        var _ = plain.poll(Duration.ofMillis(100));
        return !next.isAlive();
      });
      assertThat(next.awaitExit()).isEqualTo(ExitCode.FAILED);
      assertThat(next.log())
          .contains("has members that are no routers: somebodys-script on /127.0.0.1");
      assertThat(scenario.doctor())
          .anySatisfy(finding -> {
            assertThat(finding.level()).isEqualTo(Finding.Level.ERROR);
            assertThat(finding.what()).contains("somebodys-script on /127.0.0.1");
          });
    }
  }
}
