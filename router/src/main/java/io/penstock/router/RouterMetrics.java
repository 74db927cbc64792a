package io.penstock.router;

import static java.util.stream.Collectors.toMap;

import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.delivery.GuardedClientSupplier;
import io.penstock.delivery.PartitionLag;
import io.penstock.delivery.insert.ClientBreakers;
import io.penstock.delivery.insert.Outages;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.common.TopicPartition;

/** The gauges of what a router is about now. */
final class RouterMetrics {
  private RouterMetrics() {}

  static void ofSettings(Meters meters, RouterConfig config) {
    meters.gauge(Metric.INSERT_RATE_BUDGET, config.insertRate(), Integer::doubleValue);
    meters.gauge(Metric.BUFFER_LIMIT, config.bufferSize(), size -> (double) size.bytes());
    meters.gauge(
        Metric.FRESHNESS_OBJECTIVE, config.freshnessObjective(), most -> most.toMillis() / 1e3);
    meters.gauge(
        Metric.FRESHNESS_SHARE,
        config.freshnessPercent(),
        percent -> percent.movePointLeft(2).doubleValue());
  }

  /**
   * @param pausesAll whether nothing is fetched while a target does not answer
   */
  static void ofThreads(
      Meters meters, GuardedClientSupplier threads, BooleanSupplier pausesAll, Clock clock) {
    meters.gauge(Metric.BUFFERED, threads, GuardedClientSupplier::bytes);
    meters.gauge(Metric.WAITING, threads, GuardedClientSupplier::waitingRecords);
    meters.gauge(
        Metric.PARTITIONS_PAUSED,
        threads,
        hubs -> pausesAll.getAsBoolean() ? hubs.partitions().size() : hubs.waitingPartitions());
    meters.gauge(Metric.PARTITIONS_STOPPED, threads, hubs -> hubs.stopped().size());
    meters.gauges(
        Metric.PARTITION_LAG_RECORDS, () -> byPartition(threads, lag -> (double) lag.records()));
    meters.gauges(
        Metric.PARTITION_LAG_SECONDS,
        () -> byPartition(threads, lag -> lag.seconds(clock.millis())));
    meters.gauges(
        Metric.PARTITION_COMMITTED, () -> byPartition(threads, lag -> (double) lag.committed()));
  }

  private static Map<List<String>, Double> byPartition(
      GuardedClientSupplier threads, ToDoubleFunction<PartitionLag> value) {
    return threads.behind().entrySet().stream()
        .collect(toMap(one -> labels(one.getKey()), one -> value.applyAsDouble(one.getValue())));
  }

  private static List<String> labels(TopicPartition partition) {
    return List.of(partition.topic(), Integer.toString(partition.partition()));
  }

  static void ofKafka(
      Meters meters, KafkaWatch kafka, TransactionWatch transactions, Retentions retentions) {
    meters.gauge(Metric.LAG, kafka, KafkaWatch::lag);
    meters.gauge(Metric.KAFKA_SILENT, kafka, KafkaWatch::silentSeconds);
    meters.gauge(Metric.STALLED, kafka, KafkaWatch::stalledSeconds);
    meters.gauge(Metric.HELD, transactions, TransactionWatch::waiting);
    meters.gauges(
        Metric.PARTITION_LOG_START,
        () ->
            kafka.logs().entrySet().stream()
                .collect(
                    toMap(one -> labels(one.getKey()), one -> (double) one.getValue().start())));
    meters.gauges(
        Metric.TOPIC_RETENTION,
        () ->
            retentions.seconds().entrySet().stream()
                .collect(toMap(one -> List.of(one.getKey()), Map.Entry::getValue)));
  }

  static void ofClickHouse(Meters meters, Outages outages, ClientBreakers breakers) {
    meters.gauge(Metric.CLIENTS_IN_TROUBLE, breakers, ClientBreakers::count);
    meters.gauges(
        Metric.TARGET_UP,
        () ->
            outages.up().entrySet().stream()
                .collect(toMap(one -> List.of(one.getKey()), one -> one.getValue() ? 1.0 : 0.0)));
  }
}
