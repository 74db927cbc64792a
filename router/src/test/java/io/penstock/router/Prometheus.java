package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.testkit.Tool;
import io.penstock.testkit.ToolServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A real Prometheus with the configuration and the rules of {@code deploy/observability}, for which
 * time goes faster: it looks each second, what rules say in days, hours and minutes takes a
 * sixtieth of that, and ages that they compare with are a twelfth.
 */
final class Prometheus implements AutoCloseable {
  private static final Path DEPLOYED = Scenario.HOME.resolve("deploy/observability/prometheus");
  private static final Pattern SPAN = Pattern.compile("(?<=\\[|for: |offset )(\\d+)([mhd])\\b");
  private static final Pattern AGE = Pattern.compile("(?<=> )(60|120|600|3600)\\b");
  private static final int FASTER = 60;
  private static final int YOUNGER = 12;

  private final Path folder;
  private final ToolServer server;

  /**
   * @param processes their addresses, by job
   */
  Prometheus(Map<String, String> processes) {
    try {
      folder =
          Files.createTempDirectory(
              Files.createDirectories(Path.of("target", "prometheus").toAbsolutePath()), "run-");
      Files.createDirectories(folder.resolve("rules"));
      Files.createDirectories(folder.resolve("targets"));
      Files.writeString(
          folder.resolve("prometheus.yml"),
          Files.readString(DEPLOYED.resolve("prometheus.yml"))
              .replaceAll("(scrape|evaluation)_interval: 15s", "$1_interval: 1s"));
      for (String rules : List.of("recording.yml", "alerts.yml")) {
        Files.writeString(
            folder.resolve("rules").resolve(rules),
            faster(Files.readString(DEPLOYED.resolve("rules").resolve(rules))));
      }
      StringBuilder targets = new StringBuilder();
      new TreeMap<>(processes)
          .forEach((job, address) ->
              targets.append("- {labels: {job: %s}, targets: ['%s']}\n".formatted(job, address)));
      Files.writeString(folder.resolve("targets/processes.yml"), targets);
      Files.writeString(folder.resolve("targets/alertmanagers.yml"), "[]\n");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    server =
        ToolServer.start(
            Tool.PROMETHEUS, folder, "--config.file=prometheus.yml", "--storage.tsdb.path=data");
  }

  private static String faster(String rules) {
    String quick =
        SPAN.matcher(rules)
            .replaceAll(span -> {
              int seconds =
                  Integer.parseInt(span.group(1))
                      * switch (span.group(2)) {
                        case "m" -> 60;
                        case "h" -> 3_600;
                        default -> 86_400;
                      };
              return seconds / FASTER + "s";
            });
    return AGE.matcher(quick).replaceAll(age -> "" + Integer.parseInt(age.group()) / YOUNGER);
  }

  /** The values that an expression has now; NaN is none. */
  List<Double> ask(String expression) {
    JsonNode answer = server.get("/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8));
    assertThat(answer.path("status").asText()).as(expression + ": " + answer).isEqualTo("success");
    List<Double> values = new ArrayList<>();
    for (JsonNode one : answer.at("/data/result")) {
      double value = Double.parseDouble(one.at("/value/1").asText().replace("+Inf", "Infinity"));
      if (!Double.isNaN(value)) {
        values.add(value);
      }
    }
    return values;
  }

  /**
   * The alerts that fire now: each name, with its window if it has one, with the commands to begin
   * with.
   */
  Map<String, List<String>> firing() {
    Map<String, List<String>> firing = new TreeMap<>();
    for (JsonNode alert : server.get("/api/v1/alerts").at("/data/alerts")) {
      if (alert.path("state").asText().equals("firing")) {
        String name =
            "%s %s"
                .formatted(
                    alert.at("/labels/alertname").asText(), alert.at("/labels/window").asText())
                .strip();
        firing
            .computeIfAbsent(name, _ -> new ArrayList<>())
            .add(alert.at("/annotations/first").asText());
      }
    }
    return firing;
  }

  @Override
  public void close() {
    server.close();
  }
}
