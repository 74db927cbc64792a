package io.penstock.provisioning.topic;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Creates the topics of events, of dead letters and of the ledger, says where existing ones differ,
 * and mends their settings if told so; never the number of partitions, since that would move keys.
 */
public final class Topics {
  /** 1 MiB of value, and room for the key, headers and the batch around it. */
  static final int EVENTS_MAX_MESSAGE_BYTES = 1_048_576 + 65_536;

  /** A dead letter is an event with more headers. */
  static final int DEAD_LETTERS_MAX_MESSAGE_BYTES = EVENTS_MAX_MESSAGE_BYTES + 196_608;

  /** How long entries are kept for ClickHouse to take them; the table has them for longer. */
  private static final Duration LEDGER_RETENTION = Duration.ofDays(30);

  /** How long the dead-letter topic remembers how a letter was settled, for the account. */
  private static final Duration TOMBSTONE_RETENTION = LEDGER_RETENTION;

  private final KafkaConfig config;
  private final Admin admin;

  /** The topics named in {@code config}; does not own {@code admin}. */
  public Topics(KafkaConfig config, Admin admin) {
    this.config = config;
    this.admin = admin;
  }

  /** Whether a topic was there. */
  public enum State {
    CREATED,
    PRESENT,
    MISSING
  }

  /**
   * One topic as it is.
   *
   * @param differences what a present topic has otherwise than it should, each as a sentence;
   *     empty: nothing
   * @param changes what {@link #fix} changes of it, or has just changed
   */
  public record Report(String topic, State state, List<String> differences, List<Change> changes) {}

  /**
   * A setting of a topic that is not as it should be.
   *
   * @param setting its name
   * @param from what it is, or was
   * @param to what it should be
   */
  public record Change(String setting, String from, String to) {
    @Override
    public String toString() {
      return setting + ": " + from + " -> " + to;
    }
  }

  /**
   * One topic as the brokers describe it.
   *
   * @param id tells it from others that had its name
   * @param replicas of the partition that has the fewest
   * @param underReplicated partitions of which a replica is behind
   * @param leaderless partitions that nobody serves
   * @param operations what this user may do with it; empty where the brokers do not say
   * @param settings all that hold for it, the brokers' defaults included
   */
  public record Description(
      String topic,
      Uuid id,
      int partitions,
      int replicas,
      int underReplicated,
      int leaderless,
      Set<AclOperation> operations,
      Map<String, String> settings) {}

  /** Kafka could not be asked, or refused; the message says where and why. */
  public static final class TopicsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TopicsException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  private record Wanted(String topic, Map<String, String> settings) {}

  private List<Wanted> wanted() {
    List<Wanted> all = new ArrayList<>();
    all.add(
        new Wanted(
            config.eventsTopic(),
            new TreeMap<>(
                Map.of(
                    TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                    "LogAppendTime",
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_DELETE,
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                    Integer.toString(EVENTS_MAX_MESSAGE_BYTES)))));
    all.add(
        new Wanted(
            config.deadLettersTopic(),
            new TreeMap<>(
                Map.of(
                    TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                    "LogAppendTime",
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_COMPACT,
                    TopicConfig.RETENTION_MS_CONFIG,
                    "-1",
                    TopicConfig.RETENTION_BYTES_CONFIG,
                    "-1",
                    TopicConfig.DELETE_RETENTION_MS_CONFIG,
                    Long.toString(TOMBSTONE_RETENTION.toMillis()),
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                    Integer.toString(DEAD_LETTERS_MAX_MESSAGE_BYTES)))));
    if (config.ledgerTopic() != null) {
      all.add(
          new Wanted(
              config.ledgerTopic(),
              new TreeMap<>(
                  Map.of(
                      TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                      "LogAppendTime",
                      TopicConfig.CLEANUP_POLICY_CONFIG,
                      TopicConfig.CLEANUP_POLICY_DELETE,
                      TopicConfig.RETENTION_MS_CONFIG,
                      Long.toString(LEDGER_RETENTION.toMillis())))));
    }
    return all;
  }

  /**
   * Creates what is missing; safe to repeat and to run twice at once.
   *
   * @throws TopicsException if Kafka cannot be reached or refuses
   */
  public List<Report> create() {
    List<Report> reports = new ArrayList<>();
    for (Wanted topic : wanted()) {
      Report report = check(topic);
      reports.add(report.state() == State.MISSING ? create(topic) : report);
    }
    return reports;
  }

  /**
   * Compares the topics with what they should be; changes nothing.
   *
   * @throws TopicsException if Kafka cannot be reached or refuses
   */
  public List<Report> check() {
    return wanted().stream().map(this::check).toList();
  }

  /**
   * Creates what is missing, and gives existing topics the settings that they should have. A limit
   * that is larger than it need be stays. Safe to repeat.
   *
   * @throws TopicsException if Kafka cannot be reached or refuses
   */
  public List<Report> fix() {
    List<Report> reports = create();
    for (Report report : reports) {
      if (!report.changes.isEmpty()) {
        alter(report);
      }
    }
    return reports;
  }

  private void alter(Report report) {
    List<AlterConfigOp> operations =
        report.changes.stream()
            .map(change ->
                new AlterConfigOp(
                    new ConfigEntry(change.setting, change.to), AlterConfigOp.OpType.SET))
            .toList();
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, report.topic);
    try {
      var _ = await(admin.incrementalAlterConfigs(Map.of(topic, operations)).all());
    } catch (ExecutionException e) {
      throw failed("change topic " + report.topic, e.getCause());
    }
  }

  private Report create(Wanted topic) {
    NewTopic request =
        new NewTopic(
                topic.topic,
                Optional.of(config.topicPartitions()),
                Optional.ofNullable(config.topicReplicationFactor()).map(Integer::shortValue))
            .configs(topic.settings);
    try {
      CreateTopicsResult created = admin.createTopics(List.of(request));
      await(created.all());
      CommandRun.current().changed();
      awaitLeaders(topic.topic, await(created.numPartitions(topic.topic)));
      return new Report(topic.topic, State.CREATED, List.of(), List.of());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return check(topic);
      }
      throw failed("create topic " + topic.topic, e.getCause());
    }
  }

  /**
   * Asks the leader of each partition for its end, until all answer. Kafka reports a topic as
   * created before every broker knows it, and before its leaders know that they are; a producer
   * whose first batch is refused then while its second is accepted never gets the first one in
   * (OutOfOrderSequenceException until its delivery time-out).
   */
  private void awaitLeaders(String topic, int partitions) throws ExecutionException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    long deadline = System.nanoTime() + patience().toNanos();
    while (true) {
      try {
        var _ = await(admin.listOffsets(ends).all());
        return;
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof RetriableException) || System.nanoTime() - deadline > 0) {
          throw e;
        }
        pause(topic);
      }
    }
  }

  private void pause(String topic) {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("wait for the leaders of " + topic, e);
    }
  }

  private Report check(Wanted topic) {
    Description actual = describe(topic.topic);
    if (actual == null) {
      return new Report(topic.topic, State.MISSING, List.of(), List.of());
    }
    List<String> differences = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    if (actual.partitions != config.topicPartitions()) {
      differences.add("has " + actual.partitions + " partitions, not " + config.topicPartitions());
    }
    topic.settings.forEach((name, value) -> {
      String actualValue = actual.settings.get(name);
      if (actualValue != null && !value.equals(actualValue)) {
        differences.add(name + " is " + actualValue + ", not " + value);
        if (!isLargeEnough(name, actualValue, value)) {
          changes.add(new Change(name, actualValue, value));
        }
      }
    });
    return new Report(topic.topic, State.PRESENT, List.copyOf(differences), List.copyOf(changes));
  }

  private static boolean isLargeEnough(String setting, String actual, String wanted) {
    return setting.equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG)
        && Long.parseLong(actual) >= Long.parseLong(wanted);
  }

  /**
   * Any topic as it is now; null if there is none of this name.
   *
   * @throws TopicsException if Kafka cannot be reached or refuses
   */
  public @Nullable Description describe(String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    DescribeTopicsOptions options = new DescribeTopicsOptions().includeAuthorizedOperations(true);
    try {
      TopicDescription described =
          await(admin.describeTopics(List.of(topic), options).topicNameValues().get(topic));
      Config actual = await(admin.describeConfigs(List.of(resource)).values().get(resource));
      Map<String, String> settings = new TreeMap<>();
      for (ConfigEntry entry : actual.entries()) {
        if (entry.value() != null) {
          settings.put(entry.name(), entry.value());
        }
      }
      return describe(described, settings);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return null;
      }
      throw failed("look at topic " + topic, e.getCause());
    }
  }

  private static Description describe(TopicDescription topic, Map<String, String> settings) {
    List<TopicPartitionInfo> partitions = topic.partitions();
    Set<AclOperation> operations = topic.authorizedOperations();
    return new Description(
        topic.name(),
        topic.topicId(),
        partitions.size(),
        partitions.stream().mapToInt(one -> one.replicas().size()).min().orElse(0),
        (int) partitions.stream().filter(one -> one.isr().size() < one.replicas().size()).count(),
        (int) partitions.stream().filter(one -> one.leader() == null).count(),
        operations == null ? Set.of() : Set.copyOf(operations),
        Collections.unmodifiableMap(settings));
  }

  private <T> T await(@Nullable KafkaFuture<T> future) throws ExecutionException {
    if (future == null) {
      throw new IllegalStateException("Kafka's client has no answer for what was asked");
    }
    try (CommandRun.Wait _ = CommandClients.waitFor(config)) {
      return future.get(patience().toMillis() + 1_000, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw failed("get an answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("wait for an answer", e);
    }
  }

  private static Duration patience() {
    return CommandRun.current().patience().answer();
  }

  private TopicsException failed(String what, @Nullable Throwable cause) {
    String why =
        cause == null ? "" : ": " + cause.getClass().getSimpleName() + ", " + cause.getMessage();
    return new TopicsException(
        "Kafka at " + config.bootstrapServers() + ": cannot " + what + why, cause);
  }
}
