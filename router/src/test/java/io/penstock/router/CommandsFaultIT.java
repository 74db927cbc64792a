package io.penstock.router;

import static io.penstock.local.PartKind.CLICKHOUSE;
import static io.penstock.local.PartKind.KAFKA;
import static io.penstock.local.PartKind.POSTGRES;
import static io.penstock.local.PartKind.REDIS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.Patience;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.refusal.Reason;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.command.DlqMain;
import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import io.penstock.local.PartKind;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.command.ProvisioningMain;
import io.penstock.provisioning.job.Parallel;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.TargetOutcome;
import io.penstock.provisioning.target.TargetSettings;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.PenstockProcess;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Freezes each server under each command that asks it: the command says what it waits for, ends
 * with a message that names the server, and works once the server does again.
 */
class CommandsFaultIT {
  private static final Duration HANGS = Duration.ofSeconds(60);
  private static final int AT_ONCE = 8;
  private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

  private final LocalStack stack = FaultStack.healed();
  private final Scenario scenario = new Scenario(stack.connectionProperties());
  private final Map<String, String> clients = new HashMap<>();

  @TempDir Path folder;

  /** A command, and how it ends where a server is frozen. */
  private record Case(String line, Map<PartKind, Integer> frozen) {}

  @AfterEach
  void close() {
    stack.parts().forEach(Part::thaw);
    scenario.close();
  }

  private List<Case> cases() {
    Map<PartKind, Integer> postgres = Map.of(POSTGRES, ExitCode.FAILED);
    Map<PartKind, Integer> change = Map.of(POSTGRES, ExitCode.FAILED, REDIS, ExitCode.PARTLY);
    Map<PartKind, Integer> kafka = Map.of(KAFKA, ExitCode.FAILED);
    Map<PartKind, Integer> letters = Map.of(KAFKA, ExitCode.FAILED, POSTGRES, ExitCode.FAILED);
    Map<PartKind, Integer> tables = Map.of(POSTGRES, ExitCode.FAILED, CLICKHOUSE, ExitCode.FAILED);
    return List.of(
        new Case("clients list", Map.of(POSTGRES, ExitCode.FAILED, CLICKHOUSE, ExitCode.PARTLY)),
        new Case("clients show @live", postgres),
        new Case("clients history @live", postgres),
        new Case("clients create --name @new", Map.of(POSTGRES, ExitCode.FAILED)),
        new Case(
            "clients provision --client @pending",
            Map.of(POSTGRES, ExitCode.FAILED, CLICKHOUSE, ExitCode.FAILED)),
        new Case("clients provision --client @active", change),
        new Case(
            "clients set @set --retention-days 400",
            Map.of(POSTGRES, ExitCode.FAILED, REDIS, ExitCode.PARTLY, CLICKHOUSE, ExitCode.FAILED)),
        new Case("clients suspend @suspended", change),
        new Case("clients resume @resumed", change),
        new Case("clients access @live", postgres),
        new Case(
            "clients deprovision @gone --dry-run",
            Map.of(POSTGRES, ExitCode.FAILED, CLICKHOUSE, ExitCode.FAILED, KAFKA, ExitCode.FAILED)),
        new Case(
            "clients deprovision @gone --confirm @gone",
            Map.of(POSTGRES, ExitCode.FAILED, KAFKA, ExitCode.PARTLY, CLICKHOUSE, ExitCode.PARTLY)),
        new Case("clients deprovision --due --dry-run", postgres),
        new Case("keys list @live", postgres),
        new Case("keys create @keys", change),
        new Case("keys rotate @keys", postgres),
        new Case("migrate --client @live", postgres),
        new Case("migrate --dry-run --client @live", postgres),
        new Case("migrate status --client @live", postgres),
        new Case("migrate verify --client @live", tables),
        new Case("migrate repair --client @live", tables),
        new Case("targets list", postgres),
        new Case("targets check default", tables),
        new Case("offsets show", kafka),
        new Case("offsets move --partition 0 --to beginning", kafka),
        new Case("setup", letters),
        new Case(
            "doctor --timeout 2s",
            Map.of(
                POSTGRES, ExitCode.FAILED,
                CLICKHOUSE, ExitCode.FAILED,
                KAFKA, ExitCode.FAILED,
                REDIS, ExitCode.FAILED)),
        new Case("dlq stats", kafka),
        new Case("dlq list", kafka),
        new Case("dlq show @letter", kafka),
        new Case("dlq export @export", kafka),
        new Case("dlq import @file", kafka),
        new Case("dlq discard --client @gone --confirm 2 --because test", letters),
        new Case("dlq replay --client @live --dry-run", letters),
        new Case("dlq replay --client @live --wait 1s", letters),
        new Case("dlq edit --client @live --set price=1 --wait 1s", letters));
  }

  @Test
  void frozenServersAreNamedAndNothingHangs() throws Exception {
    for (String name : List.of("live", "set", "suspended", "gone", "keys", "active", "resumed")) {
      clients.put(name, scenario.activeClient(name));
    }
    clients.put("pending", scenario.create("pending"));
    sendLetters();
    Map<String, String> plain = environment(Map.of());
    clients.put("file", folder.resolve("letters.ndjson").toString());
    clients.put("export", folder.resolve("export.ndjson").toString());
    done(run(plain, "dlq export @file"));
    clients.put(
        "letter",
        run(plain, "dlq list --output json")
            .out()
            .replaceFirst("(?s).*?\"origin\":\"([^\"]+)\".*", "$1"));
    Map<String, String> hasty =
        environment(
            Map.of(
                "penstock.command.timeout", "2s",
                "penstock.command.statement.timeout", "10s",
                "penstock.client.cache.refresh", "1s"));

    SoftAssertions softly = new SoftAssertions();
    for (PartKind kind : List.of(POSTGRES, CLICKHOUSE, KAFKA, REDIS)) {
      List<Case> asking = cases().stream().filter(one -> one.frozen.containsKey(kind)).toList();
      stack.part(kind).freeze();
      List<CommandResult> runs = runAll(asking, hasty);
      stack.part(kind).thaw();
      for (int i = 0; i < asking.size(); i++) {
        Case one = asking.get(i);
        softly
            .assertThat(problem(one, kind, runs.get(i)))
            .as("%s, %s frozen:%n%s", one.line, kind, runs.get(i))
            .isEmpty();
      }
    }
    works(softly, cases(), runAll(cases(), plain));
    softly.assertAll();
  }

  /** What is not as it should be; empty: nothing. */
  private static String problem(Case one, PartKind kind, CommandResult run) {
    if (run.exitCode() != one.frozen.getOrDefault(kind, -1)) {
      return "exit code " + run.exitCode();
    }
    String title = kind.title();
    if (run.err().lines().noneMatch(line -> line.startsWith("waiting for " + title + " at "))) {
      return "does not say what it waits for";
    }
    String rest =
        String.join(
            "\n",
            (run.out() + run.err())
                .lines()
                .filter(line -> !line.startsWith("waiting for "))
                .toList());
    return rest.toLowerCase(Locale.ROOT).contains(title.toLowerCase(Locale.ROOT))
            && !rest.contains("\tat ")
        ? ""
        : "does not name the server";
  }

  private static void works(SoftAssertions softly, List<Case> cases, List<CommandResult> runs) {
    for (int i = 0; i < cases.size(); i++) {
      String line = cases.get(i).line;
      CommandResult run = runs.get(i);
      if (line.startsWith("dlq replay --client @live --wait") || line.startsWith("dlq edit")) {
        // No router runs here.
        softly.assertThat(run.out()).as("%s: %s", line, run).contains("letters replayed");
      } else if (line.startsWith("doctor")) {
        softly.assertThat(run.out()).as("%s", run).contains("ok       postgres", "ok       redis");
      } else {
        softly.assertThat(run.exitCode()).as("%s: %s", line, run).isEqualTo(ExitCode.DONE);
      }
    }
  }

  private static void done(CommandResult run) {
    assertThat(run.exitCode()).as("%s", run).isEqualTo(ExitCode.DONE);
  }

  private List<CommandResult> runAll(List<Case> cases, Map<String, String> environment)
      throws Exception {
    List<String> running = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<List<CommandResult>> all = new CompletableFuture<>();
    var _ =
        Thread.ofVirtual()
            .start(() ->
                all.complete(
                    Parallel.map(
                        cases,
                        AT_ONCE,
                        one -> {
                          running.add(one.line);
                          CommandResult run = run(environment, one.line);
                          running.remove(one.line);
                          return run;
                        })));
    try {
      return all.get(HANGS.toSeconds(), TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new AssertionError("these hang: " + running, e);
    }
  }

  private CommandResult run(Map<String, String> environment, String text) {
    List<String> words = words(text);
    return CommandResult.of(line(environment, words), arguments(words));
  }

  private static CommandLine line(Map<String, String> environment, List<String> words) {
    return isDlq(words)
        ? DlqMain.commandLine(environment)
        : ProvisioningMain.commandLine(environment);
  }

  private static String[] arguments(List<String> words) {
    return words.subList(isDlq(words) ? 1 : 0, words.size()).toArray(String[]::new);
  }

  private static boolean isDlq(List<String> words) {
    return words.getFirst().equals("dlq");
  }

  private List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String word : text.split(" ", -1)) {
      words.add(
          word.equals("@new")
              ? "new-" + System.nanoTime()
              : word.startsWith("@") ? clients.getOrDefault(word.substring(1), word) : word);
    }
    return words;
  }

  private Map<String, String> environment(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(scenario.properties);
    all.put("penstock.replay.secret", "s".repeat(32));
    all.putAll(more);
    return CommandResult.environment(all);
  }

  private void sendLetters() throws Exception {
    RecordHeaders headers = new RecordHeaders();
    headers.add("penstock-api-key-hash", "0123456789abcdef".repeat(4).getBytes(UTF_8));
    DeadLetters letters = new DeadLetters(scenario.config.kafka().deadLettersTopic(), "test");
    Uuid topicId = Uuid.randomUuid();
    try (var producer =
        new KafkaProducer<>(
            scenario.config.kafka().clientProperties(),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int offset = 0; offset < 4; offset++) {
        String client = clients.getOrDefault(offset < 2 ? "live" : "gone", "");
        var _ =
            producer
                .send(
                    letters.record(
                        Arrival.first(
                            new Origin(topicId, "events", 0, offset), System.currentTimeMillis()),
                        null,
                        scenario
                            .event(client, scenario.keyHash(client), "\"price\":2")
                            .getBytes(UTF_8),
                        headers,
                        Failure.ofInsert(Reason.ROW_REJECTED, client, "price", "refused", 53),
                        Instant.now()))
                .get();
      }
    }
  }

  @Test
  void provisioningStopsWherePostgresqlIsFrozenAndGoesOnThere() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ids.add(scenario.create("half" + i));
    }
    AtomicInteger activated = new AtomicInteger();
    List<ProvisionOutcome> outcomes = new ArrayList<>();
    List<String> said = Collections.synchronizedList(new ArrayList<>());
    int _ =
        CommandRun.of(
            said::add,
            Map.of(),
            () -> {
              CommandRun.current().patience(new Patience(Duration.ofSeconds(2), HANGS));
              try (ProvisioningApp app =
                  new ProvisioningApp(
                      scenario.jobs(),
                      "test",
                      step -> {
                        if (step.equals("activate") && activated.incrementAndGet() == 3) {
                          stack.postgres().freeze();
                        }
                      })) {
                outcomes.addAll(
                    app.provisioner(Migration.folder(HOME)).provision(ids, 2, outcome -> {}));
              }
              return ExitCode.DONE;
            });
    stack.postgres().thaw();

    assertThat(outcomes).hasSize(8);
    assertThat(of(outcomes, ProvisionOutcome.Provisioned.class)).hasSizeBetween(1, 3);
    assertThat(of(outcomes, ProvisionOutcome.Failed.class)).hasSizeBetween(1, 2);
    assertThat(of(outcomes, ProvisionOutcome.NotTried.class))
        .hasSizeGreaterThanOrEqualTo(4)
        .allSatisfy(
            one -> assertThat(((ProvisionOutcome.NotTried) one).why()).startsWith("PostgreSQL: "));
    assertThat(said).anyMatch(line -> line.startsWith("waiting for PostgreSQL at "));
    for (String id : ids) {
      assertThat(scenario.provisioning.provisioner(Migration.folder(HOME)).provision(id))
          .isNotInstanceOf(ProvisionOutcome.Failed.class);
    }
  }

  @Test
  void clientsOfATargetThatHangsAreLeftOutAndTheOthersAreDone() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String target = "silent" + System.nanoTime();
      TargetSettings settings =
          new TargetSettings(
              "http://127.0.0.1:" + silent.getLocalPort(), "default", null, null, null);
      assertThat(scenario.provisioning.targetRegistry().add(target, settings))
          .isEqualTo(new TargetOutcome.Done());
      List<String> dead =
          List.of(
              scenario.create("a-dead", target),
              scenario.create("b-dead", target),
              scenario.create("c-dead", target));
      List<String> all = new ArrayList<>(dead);
      all.add(scenario.create("d-good"));
      all.add(scenario.create("e-good"));
      Map<String, String> hasty = environment(Map.of("penstock.command.timeout", "1s"));

      List<ProvisionOutcome> provisioned = new ArrayList<>();
      int _ =
          CommandRun.of(
              line -> {},
              hasty,
              () -> {
                CommandRun.current().patience(new Patience(Duration.ofSeconds(1), HANGS));
                try (ProvisioningApp app = new ProvisioningApp(scenario.jobs(), "test")) {
                  provisioned.addAll(
                      app.provisioner(Migration.folder(HOME)).provision(all, 1, _ -> {}));
                }
                return ExitCode.DONE;
              });
      assertThat(ids(provisioned, ProvisionOutcome.Failed.class)).hasSize(1);
      assertThat(ids(provisioned, ProvisionOutcome.NotTried.class)).hasSize(2).isSubsetOf(dead);
      assertThat(ids(provisioned, ProvisionOutcome.Provisioned.class))
          .containsExactlyInAnyOrderElementsOf(all.subList(3, 5));

      for (String client : dead) {
        scenario.metadata("UPDATE clients SET status = 'active' WHERE client_id = ?", client);
      }
      all.subList(3, 5).forEach(this::forgetLastMigration);
      List<String> migrate = new ArrayList<>(List.of("migrate", "--parallel", "1"));
      migrate.addAll(List.of("--wave", "3", "--output", "json"));
      all.forEach(client -> migrate.addAll(List.of("--client", client)));
      CommandResult run = run(hasty, String.join(" ", migrate));
      assertThat(run.exitCode()).as("%s", run).isEqualTo(ExitCode.PARTLY);
      assertThat(run.err()).contains("Stopped: 2 of 5 clients are done", "not tried: ", target);
      assertThat(run.out())
          .contains("\"migrated\":2,", "\"failed\":1,")
          .contains("\"error\":{\"code\":\"partly\"");
    } finally {
      // Other tests provision all that is pending, and examine all targets.
      String dead = "(SELECT client_id FROM clients WHERE ch_target LIKE 'silent%')";
      scenario.metadata("DELETE FROM api_keys WHERE client_id IN " + dead);
      scenario.metadata("DELETE FROM schema_versions WHERE client_id IN " + dead);
      scenario.metadata("DELETE FROM jobs WHERE client_id IN " + dead);
      scenario.metadata("DELETE FROM clients WHERE ch_target LIKE 'silent%'");
      scenario.metadata("DELETE FROM targets WHERE name LIKE 'silent%'");
    }
  }

  // ---- told to end

  @Test
  void jobsOnManyClientsThatAreInterruptedListThoseThatTheyHaveNotTried() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ids.add(scenario.create("many" + i));
    }

    CommandResult provision =
        interrupted("clients provision --parallel 1 --output json", ": active, ");
    assertThat(provision.exitCode()).as("%s", provision).isEqualTo(ExitCode.PARTLY);
    assertThat(provision.err()).contains("Interrupted: 1 of ", "./penstock clients provision");
    assertThat(provision.out())
        .contains("\"provisioned\":1,", "\"notTried\":[\"", "\"code\":\"interrupted\"");

    for (String id : ids) {
      String _ = scenario.provision(id);
      forgetLastMigration(id);
    }
    String migrate =
        "migrate --canary %s --output json --client %s"
            .formatted(ids.getFirst(), String.join(" --client ", ids));
    CommandResult run = interrupted(migrate, "Wave 2: ");
    assertThat(run.exitCode()).as("%s", run).isEqualTo(ExitCode.PARTLY);
    assertThat(run.err()).contains("Interrupted: 1 of 3 clients are done", ids.get(1), ids.get(2));
    assertThat(run.out()).contains("\"migrated\":1,", "\"code\":\"interrupted\"");
    done(run(environment(Map.of()), migrate));
  }

  @Test
  void provisioningThatIsInterruptedEndsWithTheClientInWork() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ids.add(scenario.create("part" + i));
    }
    List<ProvisionOutcome> outcomes = new ArrayList<>();
    int _ =
        CommandRun.of(
            line -> {},
            Map.of(),
            () -> {
              try (ProvisioningApp app =
                  new ProvisioningApp(
                      scenario.jobs(),
                      "test",
                      step -> {
                        if (step.equals("activate")) {
                          var _ = CommandRun.interruptAll();
                        }
                      })) {
                outcomes.addAll(
                    app.provisioner(Migration.folder(HOME)).provision(ids, 1, outcome -> {}));
              }
              return ExitCode.DONE;
            });

    assertThat(of(outcomes, ProvisionOutcome.Provisioned.class)).hasSize(1);
    assertThat(of(outcomes, ProvisionOutcome.NotTried.class)).hasSize(3);
  }

  @Test
  void createThatIsInterruptedSaysWhereItGoesOn() throws Exception {
    String name = "c" + System.nanoTime();
    Path file = folder.resolve("clients.csv");
    Files.writeString(file, "name\n%s-1\n%1$s-2\n%1$s-3\n".formatted(name));
    clients.put("csv", file.toString());

    CommandResult run = interrupted("clients create --output json --from @csv", "\"clientId\"");

    assertThat(run.exitCode()).as("%s", run).isEqualTo(ExitCode.PARTLY);
    assertThat(run.err()).contains("Interrupted before line 3: 1 created", "run it again");
    assertThat(run.out().lines().toList().getLast()).contains("\"code\":\"interrupted\"");
    done(run(environment(Map.of()), "clients create --from @csv"));
  }

  @Test
  void commandsForDeadLettersThatAreInterruptedSayWhatIsDone() throws Exception {
    clients.put("live", scenario.activeClient("live"));
    clients.put("gone", scenario.activeClient("gone"));
    sendLetters();
    Map<String, String> plain = environment(Map.of());
    clients.put("file", folder.resolve("letters.ndjson").toString());
    done(run(plain, "dlq export @file"));

    for (String line :
        List.of("dlq discard --client @gone --confirm 2 --because test", "dlq import @file")) {
      stack.kafka().freeze();
      CommandResult run = interrupted(line + " --output json", "waiting for Kafka");
      assertThat(run.exitCode()).as("%s", run).isEqualTo(ExitCode.FAILED);
      assertThat(run.err()).contains("Interrupted");
      assertThat(run.out()).contains("\"code\":\"interrupted\"");
    }
    for (String line : List.of("dlq replay --client @live", "dlq edit --client @gone --set a=1")) {
      long before = events();
      Process replay = start(line + " --probe 1 --wait 60s --output json");
      try {
        long deadline = System.nanoTime() + HANGS.toNanos();
        while (events() == before) {
          assertThat(System.nanoTime()).isLessThan(deadline);
        }
        CommandResult run = signalled(replay);
        assertThat(run.exitCode()).as("%s", run).isEqualTo(ExitCode.PARTLY);
        assertThat(run.err())
            .contains("Interrupted: 1 of 2 letters were replayed")
            .doesNotContain("no router");
        assertThat(run.out()).contains("\"inFlight\":1", "\"code\":\"interrupted\"");
      } finally {
        var _ = replay.destroyForcibly();
      }
    }
  }

  @Test
  void deprovisioningThatIsInterruptedSaysThatEventsAreRefused() throws Exception {
    clients.put("gone", scenario.activeClient("gone"));
    scenario.sendGood(String.valueOf(clients.get("gone")));
    String line = "clients deprovision @gone --confirm @gone";

    CommandResult run = interrupted(line, "waiting for the routers");
    assertThat(run.exitCode()).as("%s", run).isEqualTo(ExitCode.PARTLY);
    assertThat(run.err())
        .contains("is not deprovisioned yet, but its events are refused: interrupted");

    Process again = start(line);
    try {
      String said = "";
      while (!said.contains("waiting for the routers")) {
        said = String.valueOf(again.errorReader().readLine());
      }
      CommandResult second = signalled(again);
      assertThat(second.exitCode()).as("%s", second).isEqualTo(ExitCode.PARTLY);
      assertThat(second.err())
          .contains("events are refused: interrupted. Run this again to go on.");
    } finally {
      var _ = again.destroyForcibly();
    }
  }

  /** Has the next run of {@code migrate} apply it again, which it can. */
  private void forgetLastMigration(String client) {
    scenario.metadata(
        "DELETE FROM schema_versions v WHERE client_id = ? AND version = (SELECT max(version) FROM schema_versions WHERE client_id = v.client_id)",
        client);
  }

  /** Runs a command, and tells it to end, and thaws what is frozen, once it has printed a text. */
  private CommandResult interrupted(String text, String once) {
    AtomicInteger told = new AtomicInteger();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    class Watched extends FilterWriter {
      Watched(Writer to) {
        super(to);
      }

      @Override
      public void write(String line, int from, int length) throws IOException {
        super.write(line, from, length);
        if (line.contains(once) && told.getAndIncrement() == 0) {
          var _ = CommandRun.interruptAll();
          stack.parts().forEach(Part::thaw);
        }
      }
    }
    List<String> words = words(text);
    int exitCode =
        line(environment(Map.of()), words)
            .setOut(new PrintWriter(new Watched(out), true))
            .setErr(new PrintWriter(new Watched(err), true))
            .execute(arguments(words));
    return new CommandResult(exitCode, out.toString(), err.toString());
  }

  /** The events topic's end offsets, summed up. */
  private long events() throws Exception {
    try (Admin admin = CommandClients.admin(scenario.config.kafka())) {
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      for (int i = 0; i < 4; i++) {
        ends.put(new TopicPartition(scenario.config.kafka().eventsTopic(), i), OffsetSpec.latest());
      }
      return admin.listOffsets(ends).all().get().values().stream()
          .mapToLong(end -> end.offset())
          .sum();
    }
  }

  private Process start(String text) throws IOException {
    List<String> words = words(text);
    boolean dlq = isDlq(words);
    ProcessBuilder builder =
        PenstockProcess.of(
            dlq ? "dlq-reprocessor" : "provisioning",
            dlq ? DlqMain.class : ProvisioningMain.class,
            Map.of(),
            List.of("-Dpenstock.home=" + HOME),
            List.of(arguments(words)));
    if (System.getProperty("os.name").equals("Linux")) {
      // What is started in the background is started with SIGINT ignored.
      builder.command().addAll(0, List.of("env", "--default-signal=INT"));
    }
    builder.environment().putAll(environment(Map.of()));
    return builder.start();
  }

  /** Sends it SIGINT, and waits for its end. */
  private static CommandResult signalled(Process process) throws Exception {
    assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor())
        .isZero();
    String out = process.inputReader().readAllAsString();
    String err = process.errorReader().readAllAsString();
    return new CommandResult(process.waitFor(), out, err);
  }

  private static <T extends ProvisionOutcome> List<String> ids(
      List<ProvisionOutcome> outcomes, Class<T> kind) {
    return of(outcomes, kind).stream().map(ProvisionOutcome::clientId).toList();
  }

  private static <T extends ProvisionOutcome> List<ProvisionOutcome> of(
      List<ProvisionOutcome> outcomes, Class<T> kind) {
    return outcomes.stream().filter(kind::isInstance).toList();
  }
}
