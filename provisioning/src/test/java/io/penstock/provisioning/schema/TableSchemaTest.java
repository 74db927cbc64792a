package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableSchemaTest {
  private static final String ENGINE =
      "ReplacingMergeTree(v) PARTITION BY toYYYYMM(t) PRIMARY KEY (a, b) ORDER BY (a, b, c)"
          + " TTL t + toIntervalDay(30) SETTINGS ttl_only_drop_parts = 1, disk = disk(type = 'x', a = 1)";

  @Test
  void engineIsTakenApart() {
    TableSchema schema = table(ENGINE);

    assertThat(schema.engine()).isEqualTo("ReplacingMergeTree(v)");
    assertThat(schema.clauses())
        .containsOnly(
            Map.entry("PARTITION BY", "toYYYYMM(t)"),
            Map.entry("PRIMARY KEY", "(a, b)"),
            Map.entry("ORDER BY", "(a, b, c)"),
            Map.entry("TTL", "t + toIntervalDay(30)"));
    assertThat(schema.settings())
        .containsOnly(
            Map.entry("ttl_only_drop_parts", "1"), Map.entry("disk", "disk(type = 'x', a = 1)"));
  }

  @Test
  void orderOfSettingsSaysNothing() {
    assertThat(
            table("MergeTree ORDER BY a SETTINGS x = 1, y = 2")
                .differences(table("MergeTree ORDER BY a SETTINGS y = 2, x = 1")))
        .isEmpty();
  }

  @Test
  void everyPartIsCompared() {
    TableSchema found =
        table(ENGINE.replace("30", "7").replace("Replacing", "").replace("= 1,", "= 0,"));

    assertThat(table(ENGINE).differences(found))
        .containsExactly(
            new TableSchema.Difference("engine", "ReplacingMergeTree(v)", "MergeTree(v)"),
            new TableSchema.Difference("TTL", "t + toIntervalDay(30)", "t + toIntervalDay(7)"),
            new TableSchema.Difference("setting ttl_only_drop_parts", "1", "0"));
    assertThat(table("Memory").differences(table("Memory SETTINGS a = 1")))
        .containsExactly(new TableSchema.Difference("setting a", null, "1"));
  }

  @Test
  void columnsAreComparedByNameAndThenByOrder() {
    Map<String, TableSchema.Column> expected = new LinkedHashMap<>();
    expected.put("a", column("String"));
    expected.put("b", column("String"));
    expected.put("c", column("String"));
    Map<String, TableSchema.Column> found = new LinkedHashMap<>();
    found.put("c", column("Int8"));
    found.put("a", column("String"));
    found.put("d", column("String"));

    assertThat(columns(expected).differences(columns(found)))
        .containsExactly(
            new TableSchema.Difference("column b", "String", null),
            new TableSchema.Difference("column c, type", "String", "Int8"),
            new TableSchema.Difference("column d", null, "String"),
            new TableSchema.Difference("order of columns", "a, c", "c, a"));
  }

  @Test
  void databasesNameIsTakenOutOnlyWhereItQualifies() {
    assertThat(LiveSchema.withoutDatabase("FROM acme.events, `acme`.t, xacme.t, acme", "acme"))
        .isEqualTo("FROM ${database}.events, ${database}.t, xacme.t, acme");
  }

  private static TableSchema table(String engine) {
    return TableSchema.of(engine, "CREATE TABLE t (a Int8) ENGINE = " + engine, "", "", Map.of());
  }

  private static TableSchema columns(Map<String, TableSchema.Column> columns) {
    return TableSchema.of("Memory", "", "", "", columns);
  }

  private static TableSchema.Column column(String type) {
    return new TableSchema.Column(type, "", "", "", "");
  }
}
