package io.penstock.bench;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.core.cli.Json;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.router.RouterApp;
import io.penstock.router.RouterConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The process under test: a JVM that runs a router each time it reads {@code TOPIC EVENTS} from its
 * standard input, and answers with one line of figures. Between two runs the JVM stays, so the
 * second one is warm.
 */
final class RouterRun {
  private static final OperatingSystemMXBean OS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(10);

  private RouterRun() {}

  /** Serves until its standard input ends. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      List<String> words = List.of(line.split(" "));
      System.out.println("FIGURES " + run(words.get(0), Long.parseLong(words.get(1))));
    }
  }

  private static String run(String topic, long events) throws Exception {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put("PENSTOCK_TOPIC_EVENTS", topic);
    environment.put("PENSTOCK_ROUTER_APPLICATION_ID", topic);
    environment.put("PENSTOCK_HTTP_PORT", "0");
    RouterConfig config =
        ConfigReader.load(ConfigSource.fromEnvironment(environment), RouterConfig::from).config();
    try (RouterApp app = new RouterApp(config, Clock.systemUTC())) {
      MeterRegistry meters = app.registry();
      // Held, since looking meters up every few milliseconds would be measured as the router's.
      Counter polled = meters.get("penstock_polled_total").counter();
      app.start();
      await(() -> polled.count() > 0);
      long started = System.nanoTime();
      long cpu = OS.getProcessCpuTime();
      await(() -> app.settled() >= events);
      long nanos = System.nanoTime() - started;
      long cpuNanos = OS.getProcessCpuTime() - cpu;
      DistributionSummary inserts = meters.get("penstock_insert_rows").summary();
      return Json.of(
          new Figures(nanos / 1e9, cpuNanos / 1e9, inserts.count(), inserts.totalAmount()));
    }
  }

  private record Figures(double seconds, double cpuSeconds, long inserts, double rows) {}

  private static void await(java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the router did not finish within ten minutes");
      }
      Thread.sleep(5);
    }
  }
}
