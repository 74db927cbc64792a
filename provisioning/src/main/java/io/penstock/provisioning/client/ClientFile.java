package io.penstock.provisioning.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.cli.Csv;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Durations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A file of clients to create: CSV with a header, or NDJSON, an object a line.
 *
 * @param lines the clients, as far as they can be read
 * @param problems what is wrong, each as a sentence that begins with the line
 */
public record ClientFile(List<Line> lines, List<String> problems) {
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

  private static final JsonFactory JSON = new JsonFactory();

  /** One client, with id and database filled in. */
  public record Line(int number, NewClient client) {}

  /**
   * Reads a file; what it is, its ending says.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is neither CSV nor NDJSON
   */
  public static ClientFile read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(".csv")) {
      return of(csv(Files.readString(file)));
    }
    if (name.endsWith(".ndjson") || name.endsWith(".jsonl")) {
      return of(ndjson(Files.readString(file)));
    }
    throw new IllegalArgumentException("the name does not end in .csv, .ndjson or .jsonl");
  }

  private static Map<Integer, Map<String, String>> csv(String text) {
    Map<Integer, Map<String, String>> lines = new LinkedHashMap<>();
    int number = 1;
    for (Map<String, String> row : Csv.read(text)) {
      lines.put(++number, row);
    }
    return lines;
  }

  private static Map<Integer, Map<String, String>> ndjson(String text) {
    Map<Integer, Map<String, String>> lines = new LinkedHashMap<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        try {
          lines.put(number, object(line));
        } catch (IOException e) {
          throw new IllegalArgumentException("line " + number + " is not a JSON object", e);
        }
      }
    }
    return lines;
  }

  private static Map<String, String> object(String line) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("no object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        JsonToken value = json.nextToken();
        if (value.isStructStart()) {
          throw new IOException("a nested value");
        }
        fields.put(field, value == JsonToken.VALUE_NULL ? "" : json.getText());
      }
      if (json.nextToken() != null) {
        throw new IOException("more behind the object");
      }
    }
    return fields;
  }

  private static ClientFile of(Map<Integer, Map<String, String>> rows) {
    List<Line> lines = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Map<String, Integer> taken = new HashMap<>();
    rows.forEach((number, fields) -> {
      List<String> wrong = new ArrayList<>();
      NewClient client = client(fields, wrong);
      if (client != null) {
        wrong.addAll(client.problems());
        for (String unique :
            List.of(
                "name \"" + client.name() + "\"",
                "id " + client.id(),
                "database " + client.database())) {
          Integer other = taken.putIfAbsent(unique, number);
          if (other != null) {
            wrong.add("The " + unique + " is that of line " + other + ", too.");
          }
        }
        lines.add(new Line(number, client));
      }
      wrong.forEach(problem -> problems.add("line " + number + ": " + problem));
    });
    if (rows.isEmpty()) {
      problems.add("There is no client in it.");
    }
    return new ClientFile(List.copyOf(lines), List.copyOf(problems));
  }

  private static @Nullable NewClient client(Map<String, String> fields, List<String> wrong) {
    Set<String> unknown = new TreeSet<>(fields.keySet());
    unknown.removeAll(FIELDS);
    if (!unknown.isEmpty()) {
      wrong.add("Unknown fields " + unknown + "; there are " + new TreeSet<>(FIELDS) + ".");
      return null;
    }
    try {
      String target = value(fields, "target");
      Integer days = number(fields, "retention_days");
      String from = value(fields, "retention_from");
      String expires = value(fields, "expires");
      return new NewClient(
              fields.getOrDefault("name", ""),
              value(fields, "id"),
              value(fields, "database"),
              target == null ? ClickHouseConfig.TARGET : target,
              new Retention(
                  days == null ? Retention.DEFAULT.days() : days,
                  from == null ? Retention.DEFAULT.from() : Retention.From.of(from)),
              number(fields, "max_events_per_minute"),
              expires == null ? null : Durations.parse(expires))
          .withDefaults();
    } catch (IllegalArgumentException e) {
      wrong.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static @Nullable String value(Map<String, String> fields, String name) {
    String value = fields.get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static @Nullable Integer number(Map<String, String> fields, String name) {
    String value = value(fields, name);
    if (value == null) {
      return null;
    }
    try {
      return Integer.valueOf(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " " + value + " is not a whole number", e);
    }
  }
}
