package io.penstock.router;

import io.penstock.testkit.SharedStack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves that three routers can be restarted one after the other under load: each ends in order,
 * and nothing is lost or doubled. How long each partition stood still meanwhile is reported.
 */
class RollingRestartFaultIT {
  private static final Logger log = LoggerFactory.getLogger(RollingRestartFaultIT.class);

  private final Scenario scenario = new Scenario(SharedStack.start());

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void aRollingRestartOfThreeRoutersLosesAndDoublesNothing() {
    List<String> clients = scenario.activeClients(3);
    List<EmbeddedRouter> routers = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        routers.add(new EmbeddedRouter(scenario.properties));
      }
      routers.forEach(EmbeddedRouter::awaitReady);
      try (Load _ = scenario.load(clients, 500)) {
        scenario.awaitMoreStored(500);
        for (int i = 0; i < 3; i++) {
          EmbeddedRouter old = routers.get(i);
          old.stopCleanly();
          scenario.fault("router restarted");
          routers.set(i, new EmbeddedRouter(scenario.properties).awaitReady());
          scenario.awaitMoreStored(500);
        }
      }
      scenario.settle();
      log.info("Longest pause of each partition, in milliseconds: {}", pauses(clients));
      for (EmbeddedRouter router : routers) {
        router.stopCleanly();
      }
      scenario.settle();
    } finally {
      routers.forEach(EmbeddedRouter::close);
    }
  }

  /** By partition, the longest time between two inserts of its rows, whichever client's. */
  private Map<Integer, Long> pauses(List<String> clients) {
    String inserts =
        clients.stream()
            .map(client ->
                "SELECT DISTINCT source_partition AS p, toUnixTimestamp64Milli(ingested_at) AS t FROM `%s`.events_base"
                    .formatted(Scenario.database(client)))
            .collect(Collectors.joining(" UNION ALL "));
    Map<Integer, Long> longest = new TreeMap<>();
    Map<Integer, Long> last = new TreeMap<>();
    for (var row : scenario.stored.query("SELECT p, t FROM (" + inserts + ") ORDER BY p, t")) {
      int partition = row.getInteger("p");
      long at = row.getLong("t");
      Long before = last.put(partition, at);
      longest.merge(partition, before == null ? 0 : at - before, Math::max);
    }
    return longest;
  }
}
