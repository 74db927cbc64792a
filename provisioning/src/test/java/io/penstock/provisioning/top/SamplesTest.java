package io.penstock.provisioning.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import java.text.ParseException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplesTest {
  private static final Map<String, String> NONE = Map.of();

  private static Samples parse(String... lines) {
    try {
      return Samples.parse(String.join("\n", lines) + "\n");
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  private static String events(String outcome, String reason, double value) {
    return "penstock_events_total{outcome=\"%s\",reason=\"%s\"} %s"
        .formatted(outcome, reason, value);
  }

  @Test
  void whatAProcessServesIsRead() throws ParseException {
    Meters meters = new Meters();
    meters.counter(Metric.EVENTS, "stored", "none").increment(3);
    meters.counter(Metric.EVENTS, "dead_letter", "ROW_REJECTED").increment(2);
    meters.gauge(Metric.TARGET_UP, 1, Integer::doubleValue, "a \"b\\c\n{d},e=");
    meters.gauge(Metric.BROKER_CLOCK_AHEAD, Double.NaN, Double::doubleValue);
    meters.summary(Metric.INSERT_ROWS).record(50);

    Samples samples = Samples.parse(meters.registry().scrape());

    assertThat(samples.sum(Metric.EVENTS)).isEqualTo(5);
    assertThat(samples.sum(Metric.EVENTS, Map.of("outcome", "stored"))).isEqualTo(3);
    assertThat(samples.all(Metric.TARGET_UP))
        .containsExactly(new Samples.Labelled(Map.of("target", "a \"b\\c\n{d},e="), 1));
    assertThat(samples.has(Metric.BROKER_CLOCK_AHEAD)).isTrue();
    assertThat(samples.all(Metric.BROKER_CLOCK_AHEAD)).isEmpty();
    assertThat(samples.has(Metric.LAG)).isFalse();
    assertThat(samples.sum(Metric.INSERT_ROWS)).isEqualTo(1);
    assertThat(samples.buckets(Metric.INSERT_ROWS, NONE).upTo())
        .containsEntry(10.0, 0.0)
        .containsEntry(100.0, 1.0)
        .containsEntry(Double.POSITIVE_INFINITY, 1.0);
  }

  @Test
  void numbersTimesAndOthersMetricsAreNoProblem() {
    Samples samples =
        parse(
            "# HELP penstock_lag_records of it",
            "",
            "jvm_threads{ not ours",
            "penstock_lag_records 1.5E3 1700000000000",
            "penstock_target_up{target=\"x\",} +Inf");

    assertThat(samples.sum(Metric.LAG)).isEqualTo(1_500);
    assertThat(samples.all(Metric.TARGET_UP).getFirst().value())
        .isEqualTo(Double.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "penstock_lag_records",
        "penstock_lag_records ten",
        "penstock_lag_records 1 2 3",
        "penstock_lag_records{a=\"b\" 1",
        "penstock_lag_records{a=b} 1",
        "penstock_lag_records{a=\"b\" c=\"d\"} 1",
        "penstock_lag_records{a=\"b\",a=\"c\"} 1",
        "penstock_lag_records{a=\"\\x\"} 1",
        "penstock_lag_records 1\npenstock_lag_records 2",
        "<html>\npenstock_ is down"
      })
  void whatIsNoSampleIsRefused(String text) {
    assertThatThrownBy(() -> Samples.parse(text))
        .isInstanceOf(ParseException.class)
        .hasMessageMatching("line [12].*");
  }

  @Test
  void countersGrowAndGaugesDoNot() {
    Samples earlier = parse(events("stored", "none", 10), "penstock_lag_records 7");
    Samples later =
        parse(
            events("stored", "none", 15),
            events("dead_letter", "ROW_REJECTED", 2),
            "penstock_lag_records 9");

    Samples growth = later.since(earlier);

    assertThat(growth.sum(Metric.EVENTS, Map.of("outcome", "stored"))).isEqualTo(5);
    assertThat(growth.sum(Metric.EVENTS, Map.of("outcome", "dead_letter"))).isEqualTo(2);
    assertThat(growth.has(Metric.LAG)).isFalse();
  }

  @Test
  void ofAProcessThatWasStartedAnewAllIsGrowthAlsoWhatIsHigherThanBefore() {
    Samples earlier =
        parse(events("stored", "none", 100), events("dead_letter", "ROW_REJECTED", 1));
    Samples later = parse(events("stored", "none", 15), events("dead_letter", "ROW_REJECTED", 2));

    Samples growth = later.since(earlier);

    assertThat(growth.sum(Metric.EVENTS, Map.of("outcome", "stored"))).isEqualTo(15);
    assertThat(growth.sum(Metric.EVENTS, Map.of("outcome", "dead_letter"))).isEqualTo(2);
  }

  @Test
  void aClientsSeriesThatBeginAgainAreNoStart() {
    String client = "penstock_client_events_total{client=\"acme\",outcome=\"stored\"} ";
    Samples growth =
        parse(events("stored", "none", 105), client + "2")
            .since(parse(events("stored", "none", 100), client + "90"));

    assertThat(growth.sum(Metric.EVENTS)).isEqualTo(5);
    assertThat(growth.sum(Metric.CLIENT_EVENTS)).isEqualTo(2);
  }

  @Test
  void quantilesLieEvenlyInTheirBucket() {
    Buckets buckets =
        parse(
                "penstock_freshness_seconds_bucket{le=\"0.25\"} 0",
                "penstock_freshness_seconds_bucket{le=\"0.5\"} 50",
                "penstock_freshness_seconds_bucket{le=\"1.0\"} 50",
                "penstock_freshness_seconds_bucket{le=\"2.0\"} 90",
                "penstock_freshness_seconds_bucket{le=\"+Inf\"} 100")
            .buckets(Metric.FRESHNESS, NONE);

    assertThat(buckets.count()).isEqualTo(100);
    assertThat(buckets.quantile(0.25)).isEqualTo(0.375, within(1e-9));
    assertThat(buckets.quantile(0.5)).isEqualTo(0.5, within(1e-9));
    assertThat(buckets.quantile(0.7)).isEqualTo(1.5, within(1e-9));
    // Above the last bound nobody knows more.
    assertThat(buckets.quantile(0.99)).isEqualTo(2.0);
    assertThat(Samples.NONE.buckets(Metric.FRESHNESS, NONE).quantile(0.5)).isNull();
  }
}
