package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.core.kafka.CommittedOffset;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.router.FaultProxy.Fault;
import io.penstock.testkit.PenstockProcess;
import io.penstock.testkit.SharedStack;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A router of the release before, built from its commit, is killed with a block open whose rows
 * have landed; one of this release finishes that block with the tokens and cuts of the old one.
 */
class UpgradeFaultIT {
  /** The last commit whose routers write intents without a version. */
  private static final String RELEASE_BEFORE = "79552d36ddde8e49a04f6bdacacf90185d0ccbe3";

  private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

  private final Map<String, String> stack = SharedStack.start();
  private final FaultProxy proxy =
      new FaultProxy(URI.create(stack.get("penstock.clickhouse.url")).getPort());
  private final Scenario scenario = new Scenario(stack);

  @TempDir Path folder;

  @AfterEach
  void close() {
    scenario.close();
    proxy.close();
  }

  @Test
  void aBlockThatTheReleaseBeforeLeftOpenIsFinishedAndStoredOnce() throws Exception {
    String classPath = buildReleaseBefore();
    Map<String, String> behind = new HashMap<>(scenario.properties);
    behind.put("penstock.clickhouse.url", proxy.url());
    behind.put("penstock.router.insert.timeout", "2s");
    behind.put("penstock.router.attempt.timeout", "60s");
    // The release before does not know these; it keeps clients in Redis unsigned, and no ledger.
    behind.remove("penstock.redis.signing.secret");
    behind.remove("penstock.ledger");
    behind.remove("penstock.topic.ledger");
    List<String> clients = scenario.activeClients(3);
    try (RouterProcess old = new RouterProcess(behind, classPath).awaitReady()) {
      send(clients, 300);
      scenario.settle();
      proxy.inserts(() -> Fault.SWALLOW);
      // Their letters are written before the block is stored and committed.
      for (int i = 0; i < 20; i++) {
        scenario.sendDead("MALFORMED_JSON", "{");
      }
      send(clients, 900);
      Scenario.await(() -> scenario.deadLetters().total() == 20);
      // What lands from here on is of a block that stays open, whatever the size of the first.
      Scenario.await(() -> scenario.storedNow() > 300);
      old.kill();
    }
    Offsets offsets = new Offsets(scenario.config.kafka(), scenario.config.applicationId());
    assertThat(offsets.read())
        .extracting(partition -> partition.committed())
        .anySatisfy(committed -> {
          assertThat(committed.isBlockOpen()).isTrue();
          assertThat(committed.version()).isZero();
        });
    scenario.fault("upgraded with a block open");

    try (RouterProcess upgraded = new RouterProcess(scenario.properties).awaitReady()) {
      send(clients, 300);
      scenario.settle();
      assertThat(upgraded.metric("penstock_client_cache_refused_total")).isPositive();
      upgraded.stopCleanly();
    }
    assertThat(offsets.read())
        .extracting(partition -> partition.committed())
        .allSatisfy(committed -> {
          assertThat(committed.version()).isEqualTo(CommittedOffset.VERSION);
          assertThat(committed.isBlockOpen()).isFalse();
        });
  }

  private void send(List<String> clients, int count) {
    for (int i = 0; i < count; i++) {
      scenario.sendGood(clients.get(i % clients.size()));
    }
    scenario.flush();
  }

  /** Its classes before today's libraries: what the old router was, but for newer libraries. */
  private String buildReleaseBefore() throws IOException, InterruptedException {
    Path archive = folder.resolve("before.tar");
    List<String> git =
        List.of(
            "git",
            "-C",
            HOME.toString(),
            "archive",
            "-o",
            archive.toString(),
            RELEASE_BEFORE,
            "core/src/main",
            "router/src/main");
    assumeTrue(
        new ProcessBuilder(git).redirectErrorStream(true).start().waitFor() == 0,
        "the history of the repository is needed to build the release before");
    Path sources = Files.createDirectories(folder.resolve("before"));
    List<String> tar = List.of("tar", "-xf", archive.toString(), "-C", sources.toString());
    assertThat(new ProcessBuilder(tar).start().waitFor()).isZero();

    String libraries =
        String.join(
            File.pathSeparator,
            Stream.of(PenstockProcess.classPath("router").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar") && !entry.matches(".*/penstock-[^/]*"))
                .toList());
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(
            List.of("-d", classes.toString(), "-cp", libraries, "-proc:none", "-nowarn"));
    try (Stream<Path> files = Files.walk(sources)) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(String[]::new)))
        .isZero();
    return String.join(
        File.pathSeparator,
        classes.toString(),
        sources.resolve("core/src/main/resources").toString(),
        sources.resolve("router/src/main/resources").toString(),
        libraries);
  }
}
