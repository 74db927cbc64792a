package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
final class RouterBench implements Callable<Integer> {
  private enum Keys {
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

  @Mixin private OutputOption output = new OutputOption();

  /** One run's figures. */
  private record Run(
      String name,
      long stored,
      long deadLetters,
      long lost,
      long duplicated,
      double seconds,
      double routerCpu,
      double engineCpu,
      long peakRssMiB,
      long inserts,
      double rows) {}

  @Override
  public Integer call() throws Exception {
    List<Run> runs = new ArrayList<>();
    double eventBytes = 0;
    try (BenchStack stack = new BenchStack(RouterBench::progress)) {
      List<BenchStack.BenchClient> all = stack.createClients(clients);
      try (RouterJvm jvm = new RouterJvm(stack.properties(), heap);
          StoredEvents stored = new StoredEvents(stack.config().clickHouse())) {
        for (String name : List.of("cold", "warm")) {
          String topic = "bench-" + name;
          eventBytes = stack.fill(topic, events, all, keys == Keys.RANDOM, seed + runs.size());
          runs.add(measure(name, topic, stack, jvm, stored, all));
        }
      }
    }
    report(runs, eventBytes);
    boolean sound = runs.stream().allMatch(run -> run.lost == 0 && run.duplicated == 0);
    return sound ? ExitCode.DONE : ExitCode.FAILED;
  }

  private Run measure(
      String name,
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
    return new Run(
        name,
        rows,
        dead,
        events - rows - dead,
        after.duplicates() - before.duplicates(),
        figures.getOrDefault("seconds", 0.0),
        figures.getOrDefault("cpuSeconds", 0.0),
        engineCpu,
        jvm.peakRssMiB(),
        figures.getOrDefault("inserts", 0.0).longValue(),
        figures.getOrDefault("rows", 0.0));
  }

  private static Duration cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private void report(List<Run> runs, double eventBytes) {
    if (!output.json()) {
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
      for (Run run : runs) {
        table.row(
            run.name,
            "%,.0f".formatted(events / run.seconds),
            "%.2f".formatted(perMillion(run.routerCpu)),
            "%.2f".formatted(perMillion(run.engineCpu)),
            run.peakRssMiB,
            run.inserts,
            "%.0f".formatted(run.rows / Math.max(1, run.inserts)),
            run.stored,
            run.deadLetters,
            run.lost,
            run.duplicated);
      }
      table.print(new PrintWriter(System.out, true, UTF_8));
      return;
    }
    System.out.println(
        Json.object(json -> {
          json.writeNumberField("clients", clients);
          json.writeStringField("keys", keys.name().toLowerCase(Locale.ROOT));
          json.writeNumberField("eventBytes", Math.round(eventBytes));
          write(json, runs.getLast());
          for (Run run : runs) {
            json.writeObjectFieldStart(run.name);
            write(json, run);
            json.writeEndObject();
          }
        }));
  }

  private void write(JsonGenerator json, Run run) throws IOException {
    json.writeNumberField("events", events);
    json.writeNumberField("stored", run.stored);
    json.writeNumberField("deadLetters", run.deadLetters);
    json.writeNumberField("lost", run.lost);
    json.writeNumberField("duplicated", run.duplicated);
    json.writeNumberField("seconds", rounded(run.seconds));
    json.writeNumberField("eventsPerSecond", Math.round(events / run.seconds));
    json.writeNumberField("routerCpuSecondsPerMillionEvents", rounded(perMillion(run.routerCpu)));
    json.writeNumberField("engineCpuSecondsPerMillionEvents", rounded(perMillion(run.engineCpu)));
    json.writeNumberField("routerPeakRssMiB", run.peakRssMiB);
    json.writeNumberField("inserts", run.inserts);
    json.writeNumberField("rowsPerInsert", Math.round(run.rows / Math.max(1, run.inserts)));
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
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx" + heap,
              "-XX:+UseParallelGC",
              "--sun-misc-unsafe-memory-access=allow",
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              System.getProperty("java.class.path"),
              RouterRun.class.getName());
      Map<String, String> environment = new HashMap<>();
      properties.forEach(
          (key, value) -> environment.put(key.toUpperCase(Locale.ROOT).replace('.', '_'), value));
      builder.environment().putAll(environment);
      builder.environment().remove("PENSTOCK_CONFIG_FILE");
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
      return ReplayBench.peakRssMiB(process.pid());
    }

    @Override
    public void close() throws IOException {
      commands.close();
      process.destroy();
    }
  }
}
