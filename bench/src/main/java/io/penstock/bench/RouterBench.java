package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock bench router}: from the first poll to the last acknowledged row. */
@Command(
    name = "router",
    mixinStandardHelpOptions = true,
    description =
        "Fills a topic, runs a router on it twice in one JVM (cold, warm), counts, and reports.")
@Shows(RouterBench.Measured.class)
final class RouterBench implements Callable<Integer> {
  enum Keys {
    CLIENT,
    RANDOM
  }

  @Option(names = "--events", defaultValue = "1000000", description = "Events of each run.")
  private long events;

  @Option(names = "--clients", defaultValue = "100", description = "Clients they are spread over.")
  private int clients;

  @Option(names = "--keys", defaultValue = "client", description = "Record keys: client, random.")
  private Keys keys = Keys.CLIENT;

  @Option(names = "--heap", defaultValue = "512m", description = "The router's heap.")
  private String heap = "";

  @Option(names = "--seed", defaultValue = "1", description = "Of the generated events.")
  private long seed;

  @Option(names = "--no-ledger", description = "The router keeps no ledger.")
  private boolean noLedger;

  @Mixin private Output output = new Output();

  /**
   * What was measured.
   *
   * @param keys of the records
   * @param eventBytes an event's mean size
   * @param last the last run's figures
   * @param runs each run's, by its name
   */
  record Measured(
      int clients,
      Keys keys,
      long eventBytes,
      @JsonUnwrapped Figures last,
      @JsonAnyGetter Map<String, Figures> runs) {}

  /**
   * A run's figures.
   *
   * @param events that were sent
   * @param lost neither stored nor a dead letter
   * @param duplicated rows that repeat an event
   */
  record Figures(
      long events,
      long stored,
      long deadLetters,
      long lost,
      long duplicated,
      double seconds,
      long eventsPerSecond,
      double routerCpuSecondsPerMillionEvents,
      double engineCpuSecondsPerMillionEvents,
      long routerPeakRssMiB,
      long inserts,
      long rowsPerInsert) {}

  @Override
  public Integer call() throws Exception {
    Map<String, Figures> runs = new LinkedHashMap<>();
    double eventBytes = 0;
    try (BenchStack stack = new BenchStack(RouterBench::progress)) {
      List<BenchStack.BenchClient> all = stack.createClients(clients);
      Map<String, String> properties = new TreeMap<>(stack.properties());
      properties.put("penstock.ledger", noLedger ? "off" : "on");
      try (RouterJvm jvm = new RouterJvm(properties, heap);
          StoredEvents stored = new StoredEvents(stack.config().clickHouse())) {
        for (String name : List.of("cold", "warm")) {
          String topic = "bench-" + name;
          eventBytes = stack.fill(topic, events, all, keys == Keys.RANDOM, seed + runs.size());
          runs.put(name, measure(topic, stack, jvm, stored, all));
        }
      }
    }
    report(runs, eventBytes);
    boolean sound = runs.values().stream().allMatch(run -> run.lost == 0 && run.duplicated == 0);
    return sound ? ExitCode.DONE : ExitCode.FAILED;
  }

  private Figures measure(
      String topic,
      BenchStack stack,
      RouterJvm jvm,
      StoredEvents stored,
      List<BenchStack.BenchClient> all)
      throws IOException {
    List<String> databases = all.stream().map(BenchStack.BenchClient::database).toList();
    StoredEvents.Count before = stored.count(databases);
    long deadBefore = DeadLetterCount.read(stack.config().kafka()).total();
    Duration engineBefore = cpu(stack.engine());
    Map<String, Double> figures = jvm.run(topic, events);
    double engineCpu = cpu(stack.engine()).minus(engineBefore).toNanos() / 1e9;
    StoredEvents.Count after = stored.count(databases);
    long dead = DeadLetterCount.read(stack.config().kafka()).total() - deadBefore;
    long rows = after.events() - before.events();
    double seconds = figures.getOrDefault("seconds", 0.0);
    long inserts = figures.getOrDefault("inserts", 0.0).longValue();
    return new Figures(
        events,
        rows,
        dead,
        events - rows - dead,
        after.duplicates() - before.duplicates(),
        rounded(seconds),
        Math.round(events / seconds),
        rounded(perMillion(figures.getOrDefault("cpuSeconds", 0.0))),
        rounded(perMillion(engineCpu)),
        jvm.peakRssMiB(),
        inserts,
        Math.round(figures.getOrDefault("rows", 0.0) / Math.max(1, inserts)));
  }

  private static Duration cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private void report(Map<String, Figures> runs, double eventBytes) {
    Table table =
        new Table(
            "run",
            "events/s",
            "router CPU s/M",
            "engine CPU s/M",
            "peak MiB",
            "inserts",
            "rows/insert",
            "stored",
            "dead",
            "lost",
            "duplicated");
    runs.forEach((name, run) ->
        table.row(
            name,
            "%,d".formatted(run.eventsPerSecond),
            "%.2f".formatted(run.routerCpuSecondsPerMillionEvents),
            "%.2f".formatted(run.engineCpuSecondsPerMillionEvents),
            run.routerPeakRssMiB,
            run.inserts,
            run.rowsPerInsert,
            run.stored,
            run.deadLetters,
            run.lost,
            run.duplicated));
    Figures last = runs.values().stream().reduce((_, next) -> next).orElseThrow();
    var _ =
        output.show(
            new Measured(clients, keys, Math.round(eventBytes), last, runs),
            _ -> output.print(table));
  }

  private double perMillion(double seconds) {
    return seconds * 1e6 / events;
  }

  private static double rounded(double figure) {
    return Math.round(figure * 100) / 100.0;
  }

  private static void progress(String line) {
    System.err.println(line);
  }

  /** The child JVM that runs the router. */
  private static final class RouterJvm implements AutoCloseable {
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    RouterJvm(Map<String, String> properties, String heap) throws IOException {
      ProcessBuilder builder =
          BenchStack.java(
              properties, RouterRun.class, List.of("-Xmx" + heap, "-XX:+UseParallelGC"), List.of());
      process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      commands = new OutputStreamWriter(process.getOutputStream(), UTF_8);
      answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    Map<String, Double> run(String topic, long events) throws IOException {
      commands.write(topic + " " + events + "\n");
      commands.flush();
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith("FIGURES ")) {
          return numbers(line.substring("FIGURES ".length()));
        }
        progress("  router: " + line);
      }
      throw new IOException("the router's JVM ended without figures");
    }

    private static Map<String, Double> numbers(String object) throws IOException {
      Map<String, Double> figures = new HashMap<>();
      try (JsonParser parser = new JsonFactory().createParser(object)) {
        while (parser.nextToken() != null) {
          JsonToken token = parser.currentToken();
          if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
            figures.put(parser.currentName(), parser.getDoubleValue());
          }
        }
      }
      return figures;
    }

    /** The most memory it ever had resident; 0 where the system does not tell. */
    long peakRssMiB() {
      return TimedCommand.peakRssMiB(process.pid());
    }

    @Override
    public void close() throws IOException {
      commands.close();
      process.destroy();
    }
  }
}
