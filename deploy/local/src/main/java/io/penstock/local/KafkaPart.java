package io.penstock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.Uuid;

/**
 * A Kafka 4.3 broker that is its own controller (KRaft). Topics are not made by using them;
 * rebalances start without the usual delay.
 */
public final class KafkaPart extends Part {
  private static final String CONTROLLER = "kafka.controller";
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms256m",
          "-Xmx512m",
          "-XX:+ExitOnOutOfMemoryError",
          "-Dlogback.configurationFile=io/penstock/local/logback-kafka.xml",
          "-Dlog4j2.statusLoggerLevel=OFF");

  private volatile int controllerPort;

  KafkaPart(PartContext context) {
    super(PartKind.KAFKA, context);
    controllerPort = state().port(CONTROLLER);
  }

  /** Where clients connect. */
  public String bootstrapServers() {
    return address();
  }

  @Override
  void choosePort(Ports ports, int wanted) {
    super.choosePort(ports, wanted);
    if (!isRunning()) {
      controllerPort = ports.choose(controllerPort);
      state().rememberPort(CONTROLLER, controllerPort);
    }
  }

  @Override
  public String url() {
    return bootstrapServers();
  }

  @Override
  void prepare() throws IOException {
    if (!Files.exists(clusterId())) {
      OwnerOnly.file(clusterId());
      Files.writeString(clusterId(), Uuid.randomUuid().toString());
    }
    PropertiesFile.write(config(), "Written at each start.", settings());
  }

  @Override
  List<String> command() throws IOException {
    List<String> command = java(JVM_OPTIONS, KafkaBroker.class);
    command.add(config().toString());
    command.add(Files.readString(clusterId()).strip());
    return command;
  }

  /**
   * The consumer groups that have members now, with how many: whose processes use this broker. One
   * that was killed counts for a few seconds more. Empty if the broker does not say.
   */
  public Map<String, Integer> groups() throws InterruptedException {
    if (status() != PartStatus.RUNNING) {
      return Map.of();
    }
    try (Admin admin = admin()) {
      List<String> ids =
          admin
              .listGroups(ListGroupsOptions.forConsumerGroups())
              .all()
              .get(10, TimeUnit.SECONDS)
              .stream()
              .map(GroupListing::groupId)
              .toList();
      Map<String, Integer> members = new TreeMap<>();
      admin
          .describeConsumerGroups(ids)
          .all()
          .get(10, TimeUnit.SECONDS)
          .forEach((id, group) -> members.put(id, group.members().size()));
      members.values().removeIf(count -> count == 0);
      return members;
    } catch (ExecutionException | TimeoutException unknown) {
      return Map.of();
    }
  }

  private Admin admin() {
    return Admin.create(
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers(),
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000));
  }

  @Override
  void probe() throws InterruptedException, ExecutionException, TimeoutException {
    try (Admin admin = admin()) {
      if (admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).isEmpty()) {
        throw new TimeoutException("the broker has not joined its cluster yet");
      }
    }
  }

  private Path clusterId() {
    return dir().resolve("cluster.id");
  }

  private Path config() {
    return dir().resolve("server.properties");
  }

  private Map<String, String> settings() {
    var settings = new TreeMap<String, String>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put(
        "listeners", "PLAINTEXT://" + address() + ",CONTROLLER://127.0.0.1:" + controllerPort);
    settings.put("advertised.listeners", "PLAINTEXT://" + address());
    settings.put("log.dirs", dir().resolve("log").toString());
    settings.put("auto.create.topics.enable", "false");
    settings.put("offsets.topic.num.partitions", "5");
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("transaction.state.log.num.partitions", "5");
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("share.coordinator.state.topic.num.partitions", "5");
    settings.put("share.coordinator.state.topic.replication.factor", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
    settings.put("group.initial.rebalance.delay.ms", "0");
    // Tests choose short session time-outs; the defaults refuse less than 6 seconds.
    settings.put("group.min.session.timeout.ms", "1000");
    // After a kill the broker may not register again before its earlier session has run out.
    settings.put("broker.heartbeat.interval.ms", "500");
    settings.put("broker.session.timeout.ms", "3000");
    settings.put("num.network.threads", "2");
    settings.put("num.io.threads", "4");
    settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20));
    return settings;
  }
}
