package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.local.LocalStack;
import io.penstock.testkit.Counts;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that a ClickHouse process killed within an insert costs no rows. A table that is not
 * replicated writes an insert's token to its log before it puts the part in place ({@code
 * MergeTreeSink::commitPart}). A kill in between leaves a token without its rows, and the repeated
 * insert is answered with success although nothing is stored.
 */
class TornInsertFaultIT {
  private static final int MONTHS = 200;
  private static final int KILLS = Counts.of(2, 5);

  private final LocalStack stack = FaultStack.healed();
  private final FaultProxy proxy = new FaultProxy(stack.clickHouse().port());
  private final Scenario scenario = new Scenario(stack.connectionProperties());

  @AfterEach
  void close() {
    scenario.close();
    proxy.close();
  }

  @Test
  void aTokenWithoutItsRowsIsNotTakenForAStoredInsert() throws IOException {
    String client = scenario.activeClient("torn");
    String table = Scenario.database(client) + ".events_base";
    Map<String, String> behind = new HashMap<>(scenario.properties);
    behind.put("penstock.clickhouse.url", proxy.url());
    behind.put("penstock.router.attempt.timeout", "90s");
    try (RouterProcess router = new RouterProcess(behind).awaitReady()) {
      String _ = scenario.sql("SYSTEM STOP MERGES " + table);
      proxy.inserts(() -> FaultProxy.Fault.SWALLOW);
      for (int i = 0; i < 300; i++) {
        scenario.sendGood(client);
      }
      scenario.awaitStored(1);
      router.freeze();
      // What a kill leaves that comes after the token's log entry and before the part.
      String part =
          scenario
              .sql(
                  "SELECT path FROM system.parts WHERE active AND database = '%s' AND table = 'events_base' LIMIT 1 FORMAT TSVRaw"
                      .formatted(Scenario.database(client)))
              .strip();
      stack.clickHouse().kill();
      delete(Path.of(part));
      scenario.fault("token without its part");
      var _ = stack.clickHouse().start();
      proxy.inserts(() -> FaultProxy.Fault.NONE);
      router.thaw();

      scenario.settle();
    }
  }

  private static void delete(Path folder) throws IOException {
    assertThat(folder).isAbsolute().isDirectory();
    var _ =
        Files.walkFileTree(
            folder,
            new SimpleFileVisitor<>() {
              @Override
              public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                  throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
              }

              @Override
              public FileVisitResult postVisitDirectory(Path dir, IOException failed)
                  throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
              }
            });
  }

  @Test
  void killedBetweenThePartsOfAnInsertItGetsTheMissingOnes() {
    Random random = Seed.of(scenario);
    String client = scenario.activeClient("archive", 9_000);
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
      for (int round = 0; round < KILLS; round++) {
        for (int i = 0; i < MONTHS; i++) {
          scenario.sendGood(
              client,
              "\"event_time\":\"%d-%02d-15T12:00:00Z\"".formatted(2008 + i / 12, 1 + i % 12));
        }
        scenario.awaitStored((long) round * MONTHS + 1 + random.nextInt(MONTHS / 2));
        stack.clickHouse().kill();
        router.freeze();
        var _ = stack.clickHouse().start();
        long landed = scenario.stored.count(Scenario.database(client)).events();
        scenario.fault(
            landed % MONTHS == 0
                ? "ClickHouse killed between inserts"
                : "ClickHouse killed between the parts of an insert");
        router.thaw();
        scenario.awaitAccounted();
      }
      scenario.settle();
    }
  }
}
