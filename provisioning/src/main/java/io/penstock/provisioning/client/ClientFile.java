package io.penstock.provisioning.client;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.core.cli.Csv;
import io.penstock.core.cli.LineProblems;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Durations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A file of clients to create: CSV with a header, or NDJSON, an object a line.
 *
 * @param lines the clients, as far as they can be read
 * @param problems what is wrong
 */
public record ClientFile(List<Line> lines, LineProblems problems) {
  private static final Set<String> FIELDS =
      Set.of(
          "name",
          "id",
          "database",
          "target",
          "retention_days",
          "retention_from",
          "max_events_per_minute",
          "expires");

  /** Refuses what is no object of plain values. */
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerForMapOf(String.class);

  /** One client, with id and database filled in. */
  public record Line(int number, NewClient client) {}

  /**
   * Reads a file, whose ending says its format.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is neither CSV nor NDJSON
   */
  public static ClientFile read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    LineProblems problems = new LineProblems();
    if (name.endsWith(".csv")) {
      return of(csv(file, problems), problems);
    }
    if (name.endsWith(".ndjson") || name.endsWith(".jsonl")) {
      return of(ndjson(Files.readString(file), problems), problems);
    }
    throw new IllegalArgumentException("the name does not end in .csv, .ndjson or .jsonl");
  }

  private static Map<Integer, Map<String, String>> csv(Path file, LineProblems problems)
      throws IOException {
    Map<Integer, Map<String, String>> lines = new LinkedHashMap<>();
    Csv.read(Files.newBufferedReader(file), problems, (row, number) -> lines.put(number, row));
    Set<String> unknown = new TreeSet<>();
    for (Map<String, String> row : lines.values()) {
      unknown.addAll(row.keySet()); // those of the header, in each
    }
    unknown.removeAll(FIELDS);
    if (!unknown.isEmpty()) {
      problems.add(1, unknown(unknown));
      lines.values().forEach(row -> row.keySet().removeAll(unknown));
    }
    return lines;
  }

  private static String unknown(Set<String> names) {
    return "unknown fields " + names + "; there are " + new TreeSet<>(FIELDS);
  }

  private static Map<Integer, Map<String, String>> ndjson(String text, LineProblems problems) {
    Map<Integer, Map<String, String>> lines = new LinkedHashMap<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        try {
          Map<String, String> fields = JSON.readValue(line);
          if (fields == null) {
            throw new IOException("null is no object");
          }
          Set<String> unknown = new TreeSet<>(fields.keySet());
          unknown.removeAll(FIELDS);
          if (!unknown.isEmpty()) {
            problems.add(number, unknown(unknown));
            fields.keySet().removeAll(unknown);
          }
          fields.values().removeIf(Objects::isNull);
          lines.put(number, fields);
        } catch (IOException e) {
          problems.add(number, "not a JSON object of plain values");
        }
      }
    }
    return lines;
  }

  private static ClientFile of(Map<Integer, Map<String, String>> rows, LineProblems problems) {
    List<Line> lines = new ArrayList<>();
    Map<String, Integer> taken = new HashMap<>();
    rows.forEach((number, fields) -> {
      List<String> wrong = new ArrayList<>();
      NewClient client = client(fields, wrong);
      wrong.addAll(client.problems());
      for (String unique :
          List.of(
              "name \"" + client.name() + "\"",
              "id " + client.id(),
              "database " + client.database())) {
        Integer other = taken.putIfAbsent(unique, number);
        if (other != null) {
          wrong.add("The " + unique + " is that of line " + other + ", too.");
          break; // id and database are mostly made from the name
        }
      }
      lines.add(new Line(number, client));
      wrong.forEach(problem -> problems.add(number, problem));
    });
    if (rows.isEmpty() && problems.isEmpty()) {
      problems.add(1, "There is no client in the file.");
    }
    return new ClientFile(List.copyOf(lines), problems);
  }

  /** Reads one client, with defaults in place of fields that cannot be read. */
  private static NewClient client(Map<String, String> fields, List<String> wrong) {
    String target = value(fields, "target");
    return new NewClient(
            fields.getOrDefault("name", ""),
            value(fields, "id"),
            value(fields, "database"),
            target == null ? ClickHouseConfig.TARGET : target,
            retention(fields, wrong),
            number(fields, "max_events_per_minute", wrong),
            lifetime(fields, wrong))
        .withDefaults();
  }

  private static Retention retention(Map<String, String> fields, List<String> wrong) {
    Integer days = number(fields, "retention_days", wrong);
    String from = value(fields, "retention_from");
    Retention retention = Retention.DEFAULT;
    try {
      retention =
          from == null ? retention : new Retention(retention.days(), Retention.From.of(from));
    } catch (IllegalArgumentException e) {
      wrong.add(String.valueOf(e.getMessage()));
    }
    try {
      return days == null ? retention : new Retention(days, retention.from());
    } catch (IllegalArgumentException e) {
      wrong.add(String.valueOf(e.getMessage()));
      return retention;
    }
  }

  private static @Nullable String value(Map<String, String> fields, String name) {
    String value = fields.get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static @Nullable Integer number(
      Map<String, String> fields, String name, List<String> wrong) {
    String value = value(fields, name);
    try {
      return value == null ? null : Integer.valueOf(value);
    } catch (NumberFormatException e) {
      wrong.add(name + " \"" + value + "\" is not a whole number");
      return null;
    }
  }

  private static @Nullable Duration lifetime(Map<String, String> fields, List<String> wrong) {
    String value = value(fields, "expires");
    try {
      return value == null ? null : Durations.parse(value);
    } catch (IllegalArgumentException e) {
      wrong.add("expires \"" + value + "\" " + e.getMessage());
      return null;
    }
  }
}
