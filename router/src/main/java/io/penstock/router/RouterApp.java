package io.penstock.router;

import com.clickhouse.client.api.Client;
import com.github.benmanes.caffeine.cache.Ticker;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Oversize;
import io.penstock.core.deadletter.ReplaySecretMark;
import io.penstock.core.deadletter.ReplaySignature;
import io.penstock.core.directory.ClientDirectory;
import io.penstock.core.intake.EventContract;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.core.metrics.ProcessMetrics;
import io.penstock.core.observe.ObserveServer;
import io.penstock.core.run.CommandRun;
import io.penstock.delivery.Delivery;
import io.penstock.delivery.DeliveryTopology;
import io.penstock.delivery.GuardedClientSupplier;
import io.penstock.delivery.insert.BlockWriter;
import io.penstock.delivery.insert.ClickHouseTarget;
import io.penstock.delivery.insert.ClientBreakers;
import io.penstock.delivery.insert.Outages;
import io.penstock.delivery.insert.Routes;
import io.penstock.delivery.insert.Targets;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.io.IOException;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The router's composition root: makes its parts in order and closes them in reverse. {@link
 * #start} returns at once; {@link #ended} tells when the router has failed for good.
 */
public final class RouterApp implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RouterApp.class);
  private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);

  private final RouterConfig config;
  private final String name;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
  private final Meters meters = new Meters();
  private final DeliveryMetrics metrics;
  private final ThreadFailures threadFailures;
  private final Admin admin;
  private final Targets targets;
  private final KafkaStreams streams;
  private final KafkaWatch kafkaWatch;
  private final TransactionWatch transactions;
  private final @Nullable LedgerStore ledger;
  private final ObserveServer observe;

  /**
   * Connects the parts; nothing is consumed before {@link #start}.
   *
   * @throws IOException if metrics and health cannot be served
   */
  public RouterApp(RouterConfig config, Clock clock) throws IOException {
    this.config = config;
    this.threadFailures = new ThreadFailures(clock);
    this.name = ReplaySecretMark.clientId(config.applicationId(), config.replaySecret());
    try {
      var _ = opened(new ProcessMetrics(meters));
      AdminClient client = opened(AdminClient.create(config.kafka().clientProperties()));
      opened(new KafkaClientMetrics(client)).bindTo(meters.registry());
      admin = client;
      ClientDirectory directory =
          opened(
              ClientDirectory.open(
                  name,
                  config.directory(),
                  config.redis(),
                  config.postgres(),
                  meters,
                  opened(Executors.newVirtualThreadPerTaskExecutor()),
                  Ticker.systemTicker()));
      targets = openTargets();
      metrics =
          new DeliveryMetrics(meters, config.metricsClients(), config.freshnessObjective(), clock);
      Outages outages =
          opened(new Outages(targets, PROBE_INTERVAL, config.parkAfter(), System::nanoTime));
      ClientBreakers breakers = new ClientBreakers(System::nanoTime);
      BlockWriter writer =
          opened(
              new BlockWriter(
                  new Routes(targets, outages, breakers, System::nanoTime),
                  new BlockWriter.Limits(
                      config.insertParallelism(),
                      config.attemptTimeout(),
                      config.rejectMaxPercent()),
                  metrics));
      GuardedClientSupplier supplier =
          new Delivery(config.kafka(), admin, writer, metrics, clock)
              .clientSupplier(
                  () ->
                      Map.of(
                          config.kafka().eventsTopic(),
                          new EventContract(config.eventLimits(), directory, System::nanoTime)),
                  config.replaySecret() == null ? null : new ReplaySignature(config.replaySecret()),
                  new Delivery.Limits(
                      config.bufferSize().bytes() / config.threads(),
                      (double) config.insertRate() / config.threads(),
                      config.lingerMax(),
                      config.oversize() == Oversize.DISCARD,
                      config.largestRecord()),
                  name);
      streams =
          new KafkaStreams(
              DeliveryTopology.build(
                  List.of(config.kafka().eventsTopic()),
                  supplier::hubOfThisThread,
                  config.flushInterval()),
              StreamsSettings.of(config, name),
              supplier);
      outages.controls(streams::pause, streams::resume);
      Retentions retentions = new Retentions(admin, config.kafka().topics());
      kafkaWatch =
          opened(new KafkaWatch(admin, streams, supplier, retentions, config.stalledAfter()));
      streams.setUncaughtExceptionHandler(this::onUncaught);
      transactions = opened(new TransactionWatch(admin, supplier::partitions, clock));
      RouterMetrics.ofSettings(meters, config);
      RouterMetrics.ofThreads(meters, supplier, streams::isPaused, clock);
      RouterMetrics.ofKafka(meters, kafkaWatch, transactions, retentions);
      RouterMetrics.ofClickHouse(meters, outages, breakers);
      opened(new KafkaStreamsMetrics(streams)).bindTo(meters.registry());
      ledger = openLedger();
      if (ledger != null) {
        meters.gauge(Metric.LEDGER_FAILING, ledger, LedgerStore::failingSeconds);
      }
      RouterHealth health =
          new RouterHealth(streams, kafkaWatch, outages, supplier, transactions::reasons);
      observe =
          opened(new ObserveServer(config.http(), meters.registry(), health::live, health::ready));
    } catch (RuntimeException | IOException failed) {
      closeAll(failed);
      throw failed;
    }
  }

  private @Nullable LedgerStore openLedger() {
    String topic = config.kafka().ledgerTopic();
    return topic == null
        ? null
        : opened(
            new LedgerStore(
                config.kafka(),
                topic,
                connection(config.clickHouse()),
                config.ledgerDatabase(),
                config.applicationId(),
                meters));
  }

  private Targets openTargets() {
    // Another thread reads the table.
    Map<String, String> environment = CommandRun.current().environment();
    HikariDataSource metadata =
        opened(
            PostgresConnections.open(
                config.postgres(),
                "penstock-targets",
                config.postgres().timeout(),
                config.postgres().timeout()));
    meters.measure(metadata);
    Targets.Table table =
        () -> {
          try (Connection connection = metadata.getConnection()) {
            return TargetTable.read(connection, config.clickHouse(), environment);
          }
        };
    Targets.Opener opener =
        (name, target) ->
            new ClickHouseTarget(
                name, connection(target), config.insertTimeout(), config.insertParallelism());
    return opened(new Targets(config.clickHouse(), table, opener, System::nanoTime));
  }

  static Client.Builder connection(ClickHouseConfig config) {
    return ClickHouseClients.connection(config, "router");
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /** Begins to consume. */
  public void start() {
    targets.start();
    streams.start();
    kafkaWatch.start();
    transactions.start();
    if (ledger != null) {
      ledger.start();
    }
  }

  /** What members of the consumer group that are this process's threads begin with. */
  public String name() {
    return name;
  }

  /** The port on which metrics and health are served. */
  public int httpPort() {
    return observe.port();
  }

  /** Completes with the cause if the router cannot go on; never if it is closed before that. */
  public CompletableFuture<Throwable> ended() {
    return ended;
  }

  /** How many events it has stored and committed, or handed over as dead letters. */
  public long settled() {
    return metrics.settled();
  }

  /** What the router counts. */
  public PrometheusMeterRegistry registry() {
    return meters.registry();
  }

  private StreamThreadExceptionResponse onUncaught(Throwable cause) {
    Throwable fatal = threadFailures.fatal(cause);
    if (fatal != null) {
      log.atError().setCause(cause).log("A stream thread failed and the router cannot go on");
      ended.complete(withStrangers(fatal));
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    log.atError().setCause(cause).log("A stream thread failed; another takes its place");
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  /** Where the group is another program's, its members are named. */
  private Throwable withStrangers(Throwable fatal) {
    if (!(fatal instanceof InconsistentGroupProtocolException)) {
      return fatal;
    }
    String strangers = StartCheck.strangers(admin, config.applicationId());
    return strangers == null ? fatal : new IllegalStateException(strangers, fatal);
  }

  /**
   * Flushes, commits, leaves the group and closes everything, within the configured time. What was
   * not committed by then is redelivered to the partition's next owner.
   *
   * @throws IllegalStateException if something was not flushed or did not close
   */
  @Override
  public void close() {
    boolean stopped =
        streams.close(
            CloseOptions.timeout(config.stopTimeout())
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    IllegalStateException failed =
        new IllegalStateException(
            stopped
                ? "the router did not close cleanly"
                : "not everything was flushed within %s; the rest is redelivered"
                    .formatted(config.stopTimeout()));
    closeAll(failed);
    if (!stopped || failed.getSuppressed().length > 0) {
      throw failed;
    }
  }

  private void closeAll(Exception failed) {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception alsoFailed) {
        failed.addSuppressed(alsoFailed);
      }
    }
  }
}
