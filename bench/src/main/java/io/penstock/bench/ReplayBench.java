package io.penstock.bench;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.dlq.command.DlqMain;
import io.penstock.local.count.StoredEvents;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.router.RouterConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock bench replay}: the commands for dead letters, on many. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description =
        "Makes dead letters of suspended clients, resumes these, measures stats, dry run and replay beside a router, and counts.")
@Shows(ReplayBench.Measured.class)
final class ReplayBench implements Callable<Integer> {
  private static final String TOPIC = "bench-replay";

  @Option(names = "--letters", defaultValue = "1000000", description = "Dead letters.")
  private long letters;

  @Option(names = "--clients", defaultValue = "100", description = "Clients they are spread over.")
  private int clients;

  @Option(names = "--heap", defaultValue = "512m", description = "The commands' heap.")
  private String heap = "";

  @Option(names = "--seed", defaultValue = "1", description = "Of the generated events.")
  private long seed;

  @Mixin private Output output = new Output();

  /**
   * What was measured.
   *
   * @param duplicated rows that repeat an event
   * @param commands each command's figures, by its name
   */
  record Measured(
      long letters,
      long stored,
      long duplicated,
      long outstanding,
      @JsonAnyGetter Map<String, Figures> commands) {}

  /** A command's figures. */
  record Figures(double seconds, long lettersPerSecond, double cpuSeconds, long peakRssMiB) {}

  @Override
  public Integer call() throws Exception {
    List<TimedCommand> runs = new ArrayList<>();
    long stored;
    long duplicated;
    long outstanding;
    try (BenchStack stack = new BenchStack(ReplayBench::progress)) {
      List<BenchStack.BenchClient> all = stack.createClients(clients);
      Map<String, String> properties = stack.properties();
      properties.put("penstock.topic.events", TOPIC);
      RouterConfig config = stack.config();
      KafkaConfig kafka = config.kafka();
      suspend(stack, all, true);
      double _ = stack.fill(TOPIC, letters, all, false, seed);
      Path log = Home.find().resolve(".penstock").resolve("bench-replay-router.log");
      try (SoakRouter router = new SoakRouter(properties, log);
          StoredEvents database = new StoredEvents(config.clickHouse())) {
        awaitRouter(config);
        progress("%,d dead letters".formatted(count(kafka)));
        suspend(stack, all, false);
        runs.add(run(properties, "stats"));
        runs.add(run(properties, "replay", "--dry-run"));
        runs.add(run(properties, "replay"));
        StoredEvents.Count found =
            database.count(all.stream().map(BenchStack.BenchClient::database).toList());
        stored = found.events();
        duplicated = found.duplicates();
        outstanding = count(kafka);
        router.stop();
      }
    }
    report(runs, stored, duplicated, outstanding);
    return stored == letters && duplicated == 0 && outstanding == 0
        ? ExitCode.DONE
        : ExitCode.FAILED;
  }

  private static void progress(String line) {
    System.err.println(line);
  }

  private static long count(KafkaConfig kafka) {
    return new OutstandingLetters(kafka, LetterFilter.ALL, covered -> {}).count();
  }

  private static void suspend(BenchStack stack, List<BenchStack.BenchClient> all, boolean suspend)
      throws Exception {
    try (ProvisioningApp app = stack.provisioning()) {
      for (BenchStack.BenchClient client : all) {
        var _ =
            suspend
                ? app.lifecycle().suspend(client.id(), "bench")
                : app.lifecycle().resume(client.id());
      }
    }
  }

  /** Until the router has committed as many offsets as there are events. */
  private void awaitRouter(RouterConfig config) throws Exception {
    try (Admin admin = Admin.create(config.kafka().clientProperties())) {
      long committed = 0;
      while (committed < letters) {
        TimeUnit.SECONDS.sleep(1);
        committed =
            admin
                .listConsumerGroupOffsets(config.applicationId())
                .partitionsToOffsetAndMetadata()
                .get()
                .values()
                .stream()
                .mapToLong(offset -> offset.offset())
                .sum();
      }
    }
  }

  private TimedCommand run(Map<String, String> properties, String... arguments) throws Exception {
    TimedCommand done =
        TimedCommand.run(properties, DlqMain.class, "dlq", heap, List.of(arguments));
    progress("%s: %.1f s".formatted(done.command(), done.seconds()));
    return done;
  }

  private void report(List<TimedCommand> runs, long stored, long duplicated, long outstanding) {
    Table table = new Table("command", "seconds", "letters/s", "CPU s", "peak MiB");
    Map<String, Figures> commands = new LinkedHashMap<>();
    for (TimedCommand run : runs) {
      table.row(
          run.command(),
          "%.1f".formatted(run.seconds()),
          "%,.0f".formatted(letters / run.seconds()),
          "%.1f".formatted(run.cpuSeconds()),
          run.peakRssMiB());
      commands.put(
          run.command(),
          new Figures(
              run.seconds(),
              Math.round(letters / run.seconds()),
              run.cpuSeconds(),
              run.peakRssMiB()));
    }
    var _ =
        output.show(
            new Measured(letters, stored, duplicated, outstanding, commands),
            out -> {
              table.print(out);
              out.printf(
                  "%,d letters: %,d stored, %,d twice, %,d outstanding%n",
                  letters, stored, duplicated, outstanding);
            });
  }
}
