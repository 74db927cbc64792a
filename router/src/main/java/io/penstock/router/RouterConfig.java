package io.penstock.router;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ClientDirectoryConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.DataSize;
import io.penstock.core.config.HttpConfig;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.Oversize;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.event.EventLimits;
import io.penstock.core.kafka.BoundedConsumer;
import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * All that a router is told.
 *
 * @param clickHouse the target named {@code default}; the others stand in PostgreSQL
 * @param metricsClients how many have metrics by name
 * @param insertRate inserts a second that are aimed at, of all threads together
 * @param bufferSize of all threads together
 * @param ledgerDatabase where the table of the ledger stands, in that target
 * @param freshnessObjective how long an event may take until it is stored
 * @param freshnessPercent of the events are not to take longer
 * @param replaySecret null: every replay is judged as a new event
 */
public record RouterConfig(
    KafkaConfig kafka,
    PostgresConfig postgres,
    RedisConfig redis,
    ClickHouseConfig clickHouse,
    ClientDirectoryConfig directory,
    HttpConfig http,
    int metricsClients,
    String applicationId,
    int threads,
    Duration flushInterval,
    int insertRate,
    Duration lingerMax,
    DataSize bufferSize,
    int insertParallelism,
    Duration insertTimeout,
    Duration attemptTimeout,
    Duration parkAfter,
    Duration stalledAfter,
    int rejectMaxPercent,
    Oversize oversize,
    Duration stopTimeout,
    String ledgerDatabase,
    Duration freshnessObjective,
    BigDecimal freshnessPercent,
    @Nullable Secret replaySecret,
    EventLimits eventLimits) {
  private static final Duration STALLED_MARGIN = Duration.ofSeconds(25);

  /** Reads the keys. */
  public static RouterConfig from(ConfigReader reader) {
    return new RouterConfig(
        KafkaConfig.from(reader),
        PostgresConfig.from(reader),
        RedisConfig.from(reader),
        ClickHouseConfig.from(reader),
        ClientDirectoryConfig.from(reader),
        HttpConfig.from(reader, ConfigKeys.ROUTER_HTTP_PORT),
        reader.get(ConfigKeys.METRICS_CLIENTS),
        reader.get(ConfigKeys.ROUTER_APPLICATION_ID),
        reader.get(ConfigKeys.ROUTER_THREADS),
        reader.get(ConfigKeys.ROUTER_FLUSH_INTERVAL),
        reader.get(ConfigKeys.ROUTER_INSERT_RATE),
        reader.get(ConfigKeys.ROUTER_LINGER_MAX),
        bufferSize(reader, Runtime.getRuntime().maxMemory()),
        reader.get(ConfigKeys.ROUTER_INSERT_PARALLELISM),
        reader.get(ConfigKeys.ROUTER_INSERT_TIMEOUT),
        reader.get(ConfigKeys.ROUTER_ATTEMPT_TIMEOUT),
        reader.get(ConfigKeys.ROUTER_PARK_AFTER),
        stalledAfter(reader),
        reader.get(ConfigKeys.ROUTER_REJECT_MAX_PERCENT),
        reader.get(ConfigKeys.ROUTER_DEAD_LETTER_OVERSIZE),
        reader.get(ConfigKeys.ROUTER_STOP_TIMEOUT),
        reader.get(ConfigKeys.LEDGER_DATABASE),
        reader.get(ConfigKeys.FRESHNESS_OBJECTIVE),
        reader.get(ConfigKeys.FRESHNESS_SHARE),
        reader.find(ConfigKeys.REPLAY_SECRET),
        EventLimits.from(reader));
  }

  /** A block may take as long as {@code ordinary} when all is well. */
  private static Duration stalledAfter(ConfigReader reader) {
    Duration ordinary =
        reader
            .get(ConfigKeys.ROUTER_ATTEMPT_TIMEOUT)
            .plus(reader.get(ConfigKeys.ROUTER_LINGER_MAX));
    Duration stalled = reader.find(ConfigKeys.ROUTER_STALLED_AFTER);
    if (stalled == null) {
      return ordinary.plus(STALLED_MARGIN);
    }
    if (stalled.compareTo(ordinary) <= 0) {
      reader.problem(
          "%s must be longer than %s and %s together, which are %d s"
              .formatted(
                  ConfigKeys.ROUTER_STALLED_AFTER.name(),
                  ConfigKeys.ROUTER_ATTEMPT_TIMEOUT.name(),
                  ConfigKeys.ROUTER_LINGER_MAX.name(),
                  ordinary.toSeconds()));
    }
    return stalled;
  }

  /** The largest record that is taken whole: key, value and headers, in bytes. */
  public int largestRecord() {
    return BoundedConsumer.largestOfEvents(eventLimits.maxRecordBytes());
  }

  private static DataSize bufferSize(ConfigReader reader, long heapBytes) {
    DataSize size = reader.find(ConfigKeys.ROUTER_BUFFER_SIZE);
    if (size == null) {
      return new DataSize(heapBytes / 4);
    }
    if (size.bytes() > heapBytes / 2) {
      reader.problem(
          "%s is %s, more than half of the heap, which has %d MiB; lower it, or give the JVM more (-Xmx)"
              .formatted(ConfigKeys.ROUTER_BUFFER_SIZE.name(), size, heapBytes >> 20));
    }
    return size;
  }
}
