package io.penstock.it.observability;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A dashboard of Grafana's, as code: panels of one width, two in a row, in the order in which they
 * are added. Not thread-safe.
 */
final class Dashboard {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** What is said of a panel that has no series while all is well. */
  static final String EMPTY = "Empty while all is well.";

  private static final int SCHEMA = 41;
  private static final int WIDTH = 12;
  private static final int HEIGHT = 8;

  private final String name;
  private final String title;
  private final List<ObjectNode> variables = new ArrayList<>();
  private final List<ObjectNode> panels = new ArrayList<>();

  /**
   * @param name of its file, and in its address
   */
  Dashboard(String name, String title) {
    this.name = name;
    this.title = title;
  }

  String name() {
    return name;
  }

  /** A variable with the values of a label of a metric, from which one or more are chosen. */
  Dashboard variable(String label, String metric) {
    ObjectNode variable =
        JSON.objectNode()
            .put("name", label)
            .put("label", label)
            .put("type", "query")
            .put("query", "label_values(%s, %s)".formatted(metric, label))
            .put("refresh", 2)
            .put("sort", 1)
            .put("multi", true);
    variable.set("datasource", source("prometheus"));
    variables.add(variable);
    return this;
  }

  /** What one expression of a panel asks for. */
  record Query(String expression, String legend) {}

  static Query query(String expression, String legend) {
    return new Query(expression, legend);
  }

  /**
   * Curves over time.
   *
   * @param unit as Grafana names it
   */
  Dashboard curves(String heading, String unit, String tells, Query... queries) {
    return add("timeseries", heading, unit, tells, queries);
  }

  /** The last values, as large numbers. */
  Dashboard numbers(String heading, String unit, String tells, Query... queries) {
    return add("stat", heading, unit, tells, queries);
  }

  private Dashboard add(String type, String heading, String unit, String tells, Query... queries) {
    ObjectNode panel = panel(type, heading, tells, "prometheus");
    panel.putObject("fieldConfig").putObject("defaults").put("unit", unit);
    ArrayNode targets = panel.putArray("targets");
    for (Query query : queries) {
      String id = Character.toString((char) ('A' + targets.size()));
      targets
          .addObject()
          .put("refId", id)
          .put("expr", query.expression)
          .put("legendFormat", query.legend);
    }
    return this;
  }

  /** Lines of logs, by a query of Loki's. */
  Dashboard logs(String heading, String tells, String query) {
    ObjectNode _ =
        panel("logs", heading, tells, "loki")
            .putArray("targets")
            .addObject()
            .put("refId", "A")
            .put("expr", query);
    return this;
  }

  private ObjectNode panel(String type, String heading, String tells, String source) {
    ObjectNode panel =
        JSON.objectNode()
            .put("id", panels.size() + 1)
            .put("type", type)
            .put("title", heading)
            .put("description", tells);
    panel.set("datasource", source(source));
    panel
        .putObject("gridPos")
        .put("x", panels.size() % 2 * WIDTH)
        .put("y", panels.size() / 2 * HEIGHT)
        .put("w", WIDTH)
        .put("h", HEIGHT);
    panels.add(panel);
    return panel;
  }

  private static ObjectNode source(String kind) {
    return JSON.objectNode().put("type", kind).put("uid", kind);
  }

  /** As Grafana reads it. */
  String json() throws IOException {
    ObjectNode all =
        JSON.objectNode()
            .put("uid", "penstock-" + name)
            .put("title", title)
            .put("schemaVersion", SCHEMA)
            .put("refresh", "30s");
    all.putArray("tags").add("penstock");
    all.putObject("time").put("from", "now-6h").put("to", "now");
    all.putArray("links")
        .addObject()
        .put("title", "Penstock")
        .put("type", "dashboards")
        .put("asDropdown", true)
        .put("keepTime", true)
        .putArray("tags")
        .add("penstock");
    all.putObject("templating").putArray("list").addAll(variables);
    all.putArray("panels").addAll(panels);
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n";
  }
}
