package io.penstock.testkit;

import io.penstock.local.ClickHousePart;
import io.penstock.local.EndWithJvm;
import io.penstock.local.LocalStack;
import io.penstock.local.LocalStackException;
import io.penstock.local.Part;
import io.penstock.local.PartKind;
import io.penstock.local.PostgresPart;
import io.penstock.local.RedisPart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.kafka.KafkaContainer;

/**
 * The one stack that all integration tests of a JVM share. Each part is started when a test first
 * asks for it, over a fresh folder below the module's {@code target}, and ends with the JVM. Kafka
 * is Testcontainers' where a Docker engine answers and the stack's own broker otherwise; the log
 * says which.
 *
 * <p>Tests that hurt a part start a {@link LocalStack} of their own.
 */
public final class SharedStack {
  private static final Logger log = LoggerFactory.getLogger(SharedStack.class);
  private static final String KAFKA_IMAGE = "apache/kafka:4.3.1";

  private static @Nullable LocalStack stack;
  private static @Nullable String bootstrapServers;

  private SharedStack() {}

  /** Starts everything at once, which is quicker than one part after the other. */
  public static synchronized Map<String, String> start() {
    if (bootstrapServers == null && !useContainerKafka()) {
      var _ = stack().start();
      bootstrapServers = stack().kafka().bootstrapServers();
    } else {
      var _ = stack().start(withoutKafka());
    }
    return connectionProperties();
  }

  /** Kafka's address, wherever it runs. */
  public static synchronized String bootstrapServers() {
    String known = bootstrapServers;
    if (known == null && !useContainerKafka()) {
      bootstrapServers = started(PartKind.KAFKA).kafka().bootstrapServers();
    }
    return Objects.requireNonNull(bootstrapServers);
  }

  /** PostgreSQL, running. */
  public static synchronized PostgresPart postgres() {
    return started(PartKind.POSTGRES).postgres();
  }

  /** Redis, running. */
  public static synchronized RedisPart redis() {
    return started(PartKind.REDIS).redis();
  }

  /** The ClickHouse engine, running. */
  public static synchronized ClickHousePart clickHouse() {
    return started(PartKind.CLICKHOUSE).clickHouse();
  }

  /** How Penstock's applications reach what has been started, by their configuration's keys. */
  public static synchronized Map<String, String> connectionProperties() {
    var properties = new LinkedHashMap<>(stack().connectionProperties());
    // Tests that are about it, or about routers, switch it on.
    properties.put("penstock.ledger", "off");
    String kafka = bootstrapServers;
    if (kafka != null) {
      properties.put("penstock.kafka.bootstrap.servers", kafka);
    }
    Secrets.ofProcess(properties);
    return properties;
  }

  private static LocalStack started(PartKind kind) {
    return stack().start(List.of(kind));
  }

  private static List<PartKind> withoutKafka() {
    return stack().parts().stream().map(Part::kind).filter(k -> k != PartKind.KAFKA).toList();
  }

  private static LocalStack stack() {
    LocalStack existing = stack;
    if (existing != null) {
      return existing;
    }
    // Maven runs a module's tests in the module's folder.
    Path dir = Path.of("target", "stack", Long.toString(ProcessHandle.current().pid()));
    LocalStack created = LocalStack.builder(dir).progress(log::info).build();
    EndWithJvm.afterwards(() -> tidy(created));
    stack = created;
    return created;
  }

  /** The data may be gigabytes and nobody reads it again; the logs stay. */
  private static void tidy(LocalStack ended) {
    try {
      ended.purgeData();
    } catch (IOException e) {
      log.debug("leaving {}", ended.dir(), e);
    }
  }

  /** Decides for this JVM, and starts the container if that is the choice. */
  private static boolean useContainerKafka() {
    if (!DockerEngine.answers()) {
      log.info("Kafka for these tests: the embedded stack's broker (no Docker engine answers)");
      return false;
    }
    log.info("Kafka for these tests: Testcontainers, {}", KAFKA_IMAGE);
    // Ryuk, Testcontainers' own watcher, removes the container when this JVM has ended.
    KafkaContainer container =
        new KafkaContainer(KAFKA_IMAGE)
            .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
            .withEnv("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
            .withEnv("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "1000");
    try {
      container.start();
    } catch (RuntimeException e) {
      throw new LocalStackException("Docker answers, but Kafka's container does not start", e);
    }
    bootstrapServers = container.getBootstrapServers();
    return true;
  }
}
