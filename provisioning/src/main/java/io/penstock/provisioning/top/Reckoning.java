package io.penstock.provisioning.top;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.reverseOrder;

import io.penstock.core.metrics.Metric;
import io.penstock.provisioning.top.Overview.Canary;
import io.penstock.provisioning.top.Overview.Cause;
import io.penstock.provisioning.top.Overview.ClientLoad;
import io.penstock.provisioning.top.Overview.Freshness;
import io.penstock.provisioning.top.Overview.Healing;
import io.penstock.provisioning.top.Overview.Inserts;
import io.penstock.provisioning.top.Overview.Lag;
import io.penstock.provisioning.top.Overview.Measured;
import io.penstock.provisioning.top.Overview.ProcessState;
import io.penstock.provisioning.top.Overview.Routers;
import io.penstock.provisioning.top.Overview.Target;
import io.penstock.provisioning.top.Samples.Labelled;
import io.penstock.provisioning.top.Scrape.Answer;
import io.penstock.provisioning.top.Scrape.Kind;
import io.penstock.provisioning.top.Scrape.Round;
import io.penstock.provisioning.top.Scrape.Silence;
import io.penstock.provisioning.top.Scrape.State;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reckons what processes do from what they said at the beginning and at the end of an interval. */
public final class Reckoning {
  private static final String OTHER = Overview.OTHER;
  private static final Map<String, String> STORED = Map.of("outcome", "stored");
  private static final Map<String, String> DEAD = Map.of("outcome", "dead_letter");

  private Reckoning() {}

  /**
   * Processes of one kind.
   *
   * @param each their samples
   * @param now the same, added up
   * @param growth in the interval, of those that can tell
   * @param seconds that the interval took; null: none of them can tell
   */
  private record Group(List<Samples> each, Samples now, Samples growth, @Nullable Double seconds) {
    /** All of a gauge, process by process. */
    List<Labelled> all(Metric metric) {
      return each.stream().flatMap(one -> one.all(metric).stream()).toList();
    }

    @Nullable Double perSecond(Metric metric, Map<String, String> labels) {
      return perSecond(growth.sum(metric, labels));
    }

    @Nullable Double perSecond(Metric metric) {
      return perSecond(metric, Map.of());
    }

    @Nullable Double perSecond(double count) {
      return seconds == null ? null : rounded(count / seconds);
    }

    long now(Metric metric, Map<String, String> labels) {
      return Math.round(now.sum(metric, labels));
    }

    long now(Metric metric) {
      return now(metric, Map.of());
    }
  }

  /** How much a figure of a client has grown by the second. */
  private interface Growth {
    /**
     * Reckons.
     *
     * @param ofAll the same metric without clients
     */
    @Nullable Double perSecond(Metric ofClient, Metric ofAll, Map<String, String> labels);
  }

  /**
   * Reckons.
   *
   * @param earlier the beginning of the interval; null: there was none
   */
  public static Overview of(@Nullable Round earlier, Round later) {
    double seconds = earlier == null ? 0 : (later.nanos() - earlier.nanos()) / 1e9;
    Map<URI, Answer> before = new HashMap<>();
    if (earlier != null) {
      answers(earlier).forEach(one -> before.put(one.address().uri(), one));
    }
    Group routers = group(Kind.ROUTER, before, later, seconds);
    Group provisioners = group(Kind.PROVISION, before, later, seconds);
    Group healers = group(Kind.DLQ, before, later, seconds);
    return new Overview(
        later.at(),
        rounded(seconds),
        later.scrapes().stream().map(Reckoning::process).toList(),
        routers == null ? null : routers(routers),
        routers == null ? List.of() : clients(routers),
        routers == null ? List.of() : causes(routers),
        healers == null ? null : healing(healers),
        provisioners == null || !provisioners.now.has(Metric.CANARY_SENT)
            ? null
            : canary(provisioners));
  }

  private static List<Answer> answers(Round round) {
    return round.scrapes().stream()
        .filter(Answer.class::isInstance)
        .map(Answer.class::cast)
        .toList();
  }

  private static @Nullable Group group(
      Kind kind, Map<URI, Answer> before, Round later, double seconds) {
    List<Samples> now = new ArrayList<>();
    List<Samples> growth = new ArrayList<>();
    for (Answer one : answers(later)) {
      if (one.kind() == kind) {
        now.add(one.samples());
        Answer then = before.get(one.address().uri());
        if (then != null && then.kind() == kind) {
          growth.add(one.samples().since(then.samples()));
        }
      }
    }
    return now.isEmpty()
        ? null
        : new Group(now, Samples.sum(now), Samples.sum(growth), growth.isEmpty() ? null : seconds);
  }

  private static ProcessState process(Scrape scrape) {
    return switch (scrape) {
      case Answer one ->
          new ProcessState(one.address().text(), one.kind(), one.state(), one.problems());
      case Silence one ->
          new ProcessState(
              one.address().text(), one.address().expected(), State.SILENT, List.of(one.reason()));
    };
  }

  private static Routers routers(Group all) {
    return new Routers(
        all.perSecond(Metric.EVENTS, STORED),
        all.perSecond(Metric.STORED_BYTES),
        all.now(Metric.EVENTS, STORED),
        all.perSecond(Metric.EVENTS, DEAD),
        all.now(Metric.EVENTS, DEAD),
        freshness(all),
        lag(all),
        new Inserts(
            all.perSecond(Metric.INSERT),
            rounded(all.now.sum(Metric.INSERT_RATE_BUDGET)),
            all.perSecond(Metric.INSERT_RETRIES),
            all.now(Metric.BUFFERED),
            all.now(Metric.BUFFER_LIMIT)),
        all.now(Metric.CLIENTS_IN_TROUBLE),
        targets(all));
  }

  private static Freshness freshness(Group all) {
    Buckets interval = all.growth.buckets(Metric.FRESHNESS, Map.of());
    boolean empty = interval.count() == 0;
    Buckets shown = empty ? all.now.buckets(Metric.FRESHNESS, Map.of()) : interval;
    return new Freshness(
        empty ? Measured.LIFE : Measured.INTERVAL,
        Math.round(shown.count()),
        quantile(shown, 0.5),
        quantile(shown, 0.95),
        quantile(shown, 0.99),
        all.all(Metric.FRESHNESS_OBJECTIVE).stream().mapToDouble(Labelled::value).max().orElse(0),
        all.perSecond(Metric.LATE_EVENTS),
        all.now(Metric.LATE_EVENTS));
  }

  private static @Nullable Double quantile(Buckets buckets, double share) {
    Double seconds = buckets.quantile(share);
    return seconds == null ? null : rounded(seconds);
  }

  private static Lag lag(Group all) {
    List<Labelled> ages = all.all(Metric.PARTITION_LAG_SECONDS);
    Labelled oldest =
        ages.stream()
            .filter(one -> one.value() > 0)
            .max(comparingDouble(Labelled::value))
            .orElse(null);
    return new Lag(
        all.now(Metric.LAG),
        oldest == null ? 0 : rounded(oldest.value()),
        oldest == null ? "" : oldest.label("topic") + "-" + oldest.label("partition"),
        all.now(Metric.WAITING),
        all.now(Metric.HELD),
        all.all(Metric.PARTITION_COMMITTED).size(),
        all.now(Metric.PARTITIONS_STOPPED));
  }

  private static List<Target> targets(Group all) {
    Map<String, Boolean> up = new TreeMap<>();
    all.all(Metric.TARGET_UP)
        .forEach(one -> up.merge(one.label("target"), one.value() > 0, Boolean::logicalAnd));
    return up.entrySet().stream().map(one -> new Target(one.getKey(), one.getValue())).toList();
  }

  private static List<ClientLoad> clients(Group all) {
    Map<String, Samples> growth = all.growth.by("client");
    List<ClientLoad> loads = new ArrayList<>();
    all.now
        .by("client")
        .forEach(
            (id, now) -> loads.add(client(all, id, now, growth.getOrDefault(id, Samples.NONE))));
    loads.sort(
        comparing((ClientLoad one) -> one.client().equals(OTHER))
            .thenComparing(ClientLoad::eventsPerSecond, reverseOrder())
            .thenComparing(ClientLoad::storedTotal, reverseOrder())
            .thenComparing(ClientLoad::client));
    return loads;
  }

  private static ClientLoad client(Group all, String id, Samples now, Samples growth) {
    boolean other = id.equals(OTHER);
    // What a client that lost its name had counted before is no growth of the others.
    Growth grown =
        (ofClient, ofAll, labels) -> {
          double own = growth.sum(ofClient, labels);
          double named = all.growth.sum(ofClient, labels) - own;
          return all.perSecond(other ? Math.max(0, all.growth.sum(ofAll, labels) - named) : own);
        };
    return new ClientLoad(
        id,
        grown.perSecond(Metric.CLIENT_EVENTS, Metric.EVENTS, STORED),
        grown.perSecond(Metric.CLIENT_STORED_BYTES, Metric.STORED_BYTES, Map.of()),
        Math.round(now.sum(Metric.CLIENT_EVENTS, STORED)),
        grown.perSecond(Metric.CLIENT_EVENTS, Metric.EVENTS, DEAD),
        Math.round(now.sum(Metric.CLIENT_EVENTS, DEAD)),
        grown.perSecond(Metric.CLIENT_LATE_EVENTS, Metric.LATE_EVENTS, Map.of()),
        Math.round(now.sum(Metric.CLIENT_LATE_EVENTS)),
        other ? null : quantile(growth.buckets(Metric.CLIENT_FRESHNESS, Map.of()), 0.95));
  }

  private static List<Cause> causes(Group all) {
    return all.now.all(Metric.EVENTS).stream()
        .map(one -> one.label("reason"))
        .distinct()
        .map(reason -> {
          Map<String, String> labels = Map.of("outcome", "dead_letter", "reason", reason);
          return new Cause(
              reason, all.perSecond(Metric.EVENTS, labels), all.now(Metric.EVENTS, labels));
        })
        .filter(cause -> cause.total() > 0)
        .sorted(
            comparing((Cause one) -> one.perSecond() == null ? 0 : one.perSecond(), reverseOrder())
                .thenComparing(Cause::total, reverseOrder()))
        .toList();
  }

  private static Healing healing(Group all) {
    return new Healing(
        all.now(Metric.DLQ_CLIENTS_WAITING),
        all.perSecond(Metric.DLQ_REPLAYED),
        all.now(Metric.DLQ_REPLAYED),
        all.now(Metric.DLQ_STORED),
        all.now(Metric.DLQ_DEAD_AGAIN));
  }

  private static Canary canary(Group all) {
    return new Canary(
        all.now(Metric.CANARY_SENT),
        all.now(Metric.CANARY_STORED),
        all.now(Metric.CANARY_MISSING),
        quantile(all.now.buckets(Metric.CANARY_FRESHNESS, Map.of()), 0.95));
  }

  /** To the thousandth. */
  private static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }
}
