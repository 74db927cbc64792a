package io.penstock.delivery.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.core.refusal.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BusiestClientsTest {
  private static final long RANKED_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final AtomicLong nanos = new AtomicLong();
  private final BusiestClients clients = new BusiestClients(3, Duration.ofSeconds(5), nanos::get);
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  BusiestClientsTest() {
    registry.getPrometheusRegistry().register(clients);
  }

  /** Of one scrape: values by series. */
  private Map<String, Double> scrape() {
    Map<String, Double> values = new HashMap<>();
    registry
        .scrape()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> {
          int end = line.lastIndexOf(' ');
          values.put(line.substring(0, end), Double.parseDouble(line.substring(end + 1)));
        });
    return values;
  }

  private static double sum(Map<String, Double> scrape, String name, String label) {
    return scrape.entrySet().stream()
        .filter(one -> one.getKey().equals(name) || one.getKey().startsWith(name + "{"))
        .filter(one -> one.getKey().contains(label))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private void store(String client, int events) {
    clients.stored(client, events, 100L * events, 0, 700, 0);
  }

  private Map<String, Double> rankedScrape() {
    nanos.addAndGet(RANKED_NANOS);
    return scrape();
  }

  private static void assertThatClientsAddUp(Map<String, Double> scrape) {
    for (String outcome : List.of("outcome=\"stored\"", "outcome=\"dead_letter\"")) {
      assertThat(sum(scrape, "penstock_client_events_total", outcome))
          .isEqualTo(sum(scrape, "penstock_events_total", outcome));
    }
    for (String one :
        List.of("stored_bytes_total", "freshness_seconds_count", "late_events_total")) {
      assertThat(sum(scrape, "penstock_client_" + one, ""))
          .isEqualTo(sum(scrape, "penstock_" + one, ""));
    }
    for (String bound : List.of("0.25", "1.0", "5.0", "1800.0", "+Inf")) {
      String le = "le=\"" + bound + "\"";
      assertThat(sum(scrape, "penstock_client_freshness_seconds_bucket", le))
          .isEqualTo(sum(scrape, "penstock_freshness_seconds_bucket", le));
    }
  }

  private static String stored(String client) {
    return "penstock_client_events_total{client=\"%s\",outcome=\"stored\"}".formatted(client);
  }

  @Test
  void whoComesWhenAllNamesAreTakenIsAnother() {
    store("a", 5);
    store("b", 6);
    store("c", 7);
    store("d", 8);

    Map<String, Double> scrape = scrape();

    assertThat(scrape).containsEntry(stored("a"), 5.0).containsEntry(stored("other"), 8.0);
    assertThat(scrape).doesNotContainKey(stored("d"));
    assertThatClientsAddUp(scrape);
  }

  @Test
  void whoIsTwiceAsBusyTakesAPlaceAndWhoLeavesGoesOnAmongTheOthers() {
    store("a", 5);
    store("b", 60);
    store("c", 70);
    store("d", 11);

    Map<String, Double> after = rankedScrape();

    assertThat(after).doesNotContainKey(stored("a")).containsEntry(stored("d"), 0.0);
    assertThat(after).as("the others never go back").containsEntry(stored("other"), 16.0);
    assertThatClientsAddUp(after);

    store("d", 3);
    store("a", 2);
    Map<String, Double> later = scrape();
    assertThat(later).containsEntry(stored("d"), 3.0).containsEntry(stored("other"), 18.0);
    assertThatClientsAddUp(later);
  }

  @Test
  void whoIsHardlyBusierHasToWait() {
    store("a", 10);
    store("b", 10);
    store("c", 10);
    store("d", 19);

    assertThat(rankedScrape()).containsKey(stored("a")).doesNotContainKey(stored("d"));
  }

  @Test
  void aNameThatNobodyHasVerifiedIsNoClient() {
    clients.deadLettered(Reason.UNKNOWN_CLIENT, "invented");
    clients.deadLettered(Reason.INVALID_FIELD, "claimed");
    clients.deadLettered(Reason.MALFORMED_JSON, null);
    clients.deadLettered(Reason.KEY_EXPIRED, "known");
    clients.deadLettered(Reason.INVALID_FIELD, "known");

    Map<String, Double> scrape = scrape();

    assertThat(scrape)
        .containsEntry(
            "penstock_client_events_total{client=\"known\",outcome=\"dead_letter\"}", 2.0)
        .containsEntry(
            "penstock_client_events_total{client=\"other\",outcome=\"dead_letter\"}", 3.0)
        .containsEntry(
            "penstock_events_total{outcome=\"dead_letter\",reason=\"INVALID_FIELD\"}", 2.0);
    assertThat(scrape.keySet()).noneMatch(series -> series.contains("invented"));
    assertThatClientsAddUp(scrape);
    assertThat(clients.settled()).isEqualTo(5);
  }

  @Test
  void aClientWhoseIdIsOtherIsAmongTheOthers() {
    store("other", 4);
    assertThat(scrape()).containsEntry(stored("other"), 4.0);
  }

  @Test
  void whatIsStoredLaterThanTheObjectiveIsLateWithTheAgeOfTheOldestAndReplaysApart() {
    clients.stored("a", 10, 1_000, 4, 5_001, 9_000);
    clients.stored("b", 20, 2_000, 0, 5_000, 0);
    clients.stored("b", 3, 300, 3, 0, 9_000);
    clients.stored("other", 1, 100, 0, 60_000, 0);

    Map<String, Double> scrape = scrape();

    assertThat(scrape)
        .containsEntry("penstock_late_events_total", 7.0)
        .containsEntry("penstock_client_late_events_total{client=\"a\"}", 6.0)
        .containsEntry("penstock_client_late_events_total{client=\"b\"}", 0.0)
        .containsEntry("penstock_client_late_events_total{client=\"other\"}", 1.0);
    assertThat(scrape.get("penstock_late_events_total"))
        .as("what the histogram has above the bound that is the objective")
        .isEqualTo(
            sum(scrape, "penstock_freshness_seconds_count", "")
                - sum(scrape, "penstock_freshness_seconds_bucket", "le=\"5.0\""));
    assertThatClientsAddUp(scrape);
  }

  @Test
  void replaysAreMeasuredApart() {
    clients.stored("a", 10, 1_000, 4, 300, 9_000);

    Map<String, Double> scrape = scrape();

    assertThat(scrape)
        .containsEntry("penstock_freshness_seconds_count", 6.0)
        .containsEntry("penstock_freshness_seconds_bucket{le=\"0.25\"}", 0.0)
        .containsEntry("penstock_freshness_seconds_bucket{le=\"0.5\"}", 6.0)
        .containsEntry("penstock_freshness_seconds_sum", 1.8)
        .containsEntry("penstock_replay_freshness_seconds_count", 4.0)
        .containsEntry("penstock_replay_freshness_seconds_bucket{le=\"5.0\"}", 0.0)
        .containsEntry("penstock_replay_freshness_seconds_bucket{le=\"10.0\"}", 4.0);
  }

  @Test
  void clientsAddUpInEveryScrapeWhileTheyChangePlacesAndThreadsCount()
      throws ExecutionException, InterruptedException {
    int threads = 4;
    AtomicInteger scrapes = new AtomicInteger();
    AtomicBoolean enough = new AtomicBoolean();
    long counted = 0;
    try (ExecutorService counting = Executors.newFixedThreadPool(threads)) {
      List<Future<Long>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        SplittableRandom random = new SplittableRandom(thread);
        running.add(counting.submit(() -> count(random, scrapes, enough)));
      }
      try {
        Map<String, Double> before = scrape();
        int seenLeaving = 0;
        while (seenLeaving < 20) {
          Map<String, Double> now = rankedScrape();
          scrapes.incrementAndGet();
          assertThatClientsAddUp(now);
          seenLeaving += before.keySet().stream().anyMatch(one -> !now.containsKey(one)) ? 1 : 0;
          before.forEach((series, value) -> {
            if (!series.contains("_sum")) {
              assertThat(now.getOrDefault(series, value)).as(series).isGreaterThanOrEqualTo(value);
            }
          });
          before = now;
        }
      } finally {
        enough.set(true);
      }
      for (Future<Long> one : running) {
        counted += one.get();
      }
    }
    Map<String, Double> last = rankedScrape();
    assertThatClientsAddUp(last);
    assertThat(sum(last, "penstock_events_total", "")).isEqualTo((double) counted);
  }

  /**
   * After each scrape four others are busy, however many events a thread counts between two.
   *
   * @return events counted
   */
  private long count(SplittableRandom random, AtomicInteger scrapes, AtomicBoolean enough) {
    long counted = 0;
    while (!enough.get()) {
      String client = "client-" + (scrapes.get() * 4 + random.nextInt(4)) % 20;
      clients.stored(client, 1, random.nextInt(1_000), 0, random.nextInt(10_000), 0);
      clients.deadLettered(Reason.ROW_REJECTED, client);
      counted += 2;
    }
    return counted;
  }
}
