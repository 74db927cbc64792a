package io.penstock.provisioning.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.provisioning.top.Overview.Measured;
import io.penstock.provisioning.top.Scrape.Address;
import io.penstock.provisioning.top.Scrape.Answer;
import io.penstock.provisioning.top.Scrape.Kind;
import io.penstock.provisioning.top.Scrape.Round;
import io.penstock.provisioning.top.Scrape.Silence;
import io.penstock.provisioning.top.Scrape.State;
import java.net.URI;
import java.text.ParseException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReckoningTest {
  private static Round round(double seconds, Scrape... scrapes) {
    return new Round(
        Instant.EPOCH.plusMillis((long) (seconds * 1e3)), (long) (seconds * 1e9), List.of(scrapes));
  }

  private static Address address(int port) {
    return new Address(URI.create("http://127.0.0.1:" + port), Kind.UNKNOWN);
  }

  private static Scrape answer(Kind kind, int port, String metrics) {
    try {
      return new Answer(address(port), kind, Samples.parse(metrics), State.OK, List.of());
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  /** A router that has stored events of acme, and of others, each of them within this bucket. */
  private static Scrape router(int port, int acme, int others, int dead, String le) {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        penstock_events_total{outcome="stored",reason="none"} %d
        penstock_events_total{outcome="dead_letter",reason="ROW_REJECTED"} %d
        penstock_events_total{outcome="dead_letter",reason="UNKNOWN_CLIENT"} 0
        penstock_client_events_total{client="acme",outcome="stored"} %d
        penstock_client_events_total{client="acme",outcome="dead_letter"} %d
        penstock_client_events_total{client="other",outcome="stored"} %d
        penstock_client_events_total{client="other",outcome="dead_letter"} 0
        penstock_lag_records 5
        penstock_partition_lag_seconds{topic="t",partition="%d"} %d
        penstock_target_up{target="default"} %d
        """
            .formatted(acme + others, dead, acme, dead, others, port, port, port == 1 ? 1 : 0));
    boolean reached = false;
    for (String bound : List.of("1.0", "2.0", "+Inf")) {
      reached |= bound.equals(le);
      text.append(
          "penstock_freshness_seconds_bucket{le=\"%s\"} %d\n"
              .formatted(bound, reached ? acme + others : 0));
    }
    return answer(Kind.ROUTER, port, text.toString());
  }

  private static Overview.Routers routers(@Nullable Round earlier, Round later) {
    return Objects.requireNonNull(Reckoning.of(earlier, later).routers());
  }

  @Test
  void routersAreAddedUp() {
    Overview view =
        Reckoning.of(
            round(10, router(1, 100, 10, 0, "1.0"), router(2, 0, 0, 0, "1.0")),
            round(12, router(1, 200, 30, 6, "1.0"), router(2, 20, 0, 0, "1.0")));

    assertThat(view.intervalSeconds()).isEqualTo(2);
    Overview.Routers routers = Objects.requireNonNull(view.routers());
    assertThat(routers.storedPerSecond()).isEqualTo(70);
    assertThat(routers.storedTotal()).isEqualTo(250);
    assertThat(routers.deadLettersPerSecond()).isEqualTo(3);
    assertThat(routers.lag().records()).isEqualTo(10);
    assertThat(routers.lag().oldestSeconds()).isEqualTo(2);
    assertThat(routers.lag().oldestPartition()).isEqualTo("t-2");
    // One router's outage is an outage.
    assertThat(routers.targets()).containsExactly(new Overview.Target("default", false));
    assertThat(view.clients())
        .extracting(Overview.ClientLoad::client, Overview.ClientLoad::storedPerSecond)
        .containsExactly(tuple("acme", 60.0), tuple("other", 10.0));
    assertThat(view.deadLetters()).containsExactly(new Overview.Cause("ROW_REJECTED", 3.0, 6));
  }

  @Test
  void aRouterThatComesOrGoesHasNoPartInRates() {
    Round one = round(0, router(1, 100, 0, 0, "1.0"));
    Round both = round(1, router(1, 110, 0, 0, "1.0"), router(2, 5_000, 0, 0, "1.0"));
    Round other = round(2, new Silence(address(1), "gone"), router(2, 5_007, 0, 0, "1.0"));

    assertThat(routers(one, both).storedPerSecond()).isEqualTo(10);
    assertThat(routers(one, both).storedTotal()).isEqualTo(5_110);
    assertThat(routers(both, other).storedPerSecond()).isEqualTo(7);
    assertThat(routers(one, other).storedPerSecond()).isNull();
    assertThat(routers(null, other).storedPerSecond()).isNull();
    assertThat(Reckoning.of(both, other).silences()).containsExactly("127.0.0.1:1: gone");
    assertThat(Reckoning.of(null, round(0, new Silence(address(1), "gone"))).routers()).isNull();
  }

  @Test
  void whatAClientHadCountedIsNoGrowthOfTheOthersItJoins() {
    String totals =
        """
        penstock_events_total{outcome="stored",reason="none"} %d
        penstock_client_events_total{client="other",outcome="stored"} %d
        """;
    String old = "penstock_client_events_total{client=\"old\",outcome=\"stored\"} 90\n";
    String young = "penstock_client_events_total{client=\"young\",outcome=\"stored\"} 6\n";

    Overview view =
        Reckoning.of(
            round(0, answer(Kind.ROUTER, 1, totals.formatted(100, 10) + old)),
            round(1, answer(Kind.ROUTER, 1, totals.formatted(110, 104) + young)));

    assertThat(view.clients())
        .extracting(Overview.ClientLoad::client, Overview.ClientLoad::storedPerSecond)
        .containsExactly(tuple("young", 6.0), tuple("other", 4.0));
  }

  @Test
  void freshnessIsOfTheIntervalAndElseOfTheProcessesLife() {
    Round before = round(0, router(1, 100, 0, 0, "2.0"));
    Round idle = round(1, router(1, 100, 0, 0, "2.0"));

    Overview.Freshness life = routers(before, idle).freshness();
    assertThat(life.of()).isEqualTo(Measured.LIFE);
    assertThat(life.events()).isEqualTo(100);
    assertThat(life.p50Seconds()).isEqualTo(1.5);

    Scrape quicker =
        answer(
            Kind.ROUTER,
            1,
            """
            penstock_events_total{outcome="stored",reason="none"} 110
            penstock_freshness_seconds_bucket{le="1.0"} 10
            penstock_freshness_seconds_bucket{le="2.0"} 110
            penstock_freshness_seconds_bucket{le="+Inf"} 110
            """);
    Overview.Freshness interval = routers(before, round(1, quicker)).freshness();
    assertThat(interval.of()).isEqualTo(Measured.INTERVAL);
    assertThat(interval.events()).isEqualTo(10);
    assertThat(interval.p50Seconds()).isEqualTo(0.5);
    assertThat(interval.p99Seconds()).isEqualTo(0.99);

    assertThat(routers(null, round(0, router(1, 0, 0, 0, "1.0"))).freshness().p95Seconds())
        .isNull();
  }
}
