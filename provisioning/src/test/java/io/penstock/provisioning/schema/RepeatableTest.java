package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepeatableTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE IF NOT EXISTS t (x Int8) ENGINE = Memory",
        "create table if not exists t (x Int8) ENGINE = Memory",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "CREATE OR REPLACE TABLE t ENGINE = Memory AS SELECT 1",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS a AS b",
        "CREATE TABLE IF NOT EXISTS a EMPTY AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS t (x Int8 DEFAULT (1 AS y)) ENGINE = Memory",
        "CREATE TEMPORARY TABLE IF NOT EXISTS t (x Int8)",
        "CREATE DATABASE IF NOT EXISTS d",
        "CREATE SETTINGS PROFILE IF NOT EXISTS p",
        "DROP TABLE IF EXISTS t",
        "DROP ROW POLICY IF EXISTS p ON t",
        "DETACH TABLE IF EXISTS t",
        "RENAME TABLE IF EXISTS a TO b",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS x Int8, ADD INDEX IF NOT EXISTS i x TYPE minmax",
        "ALTER TABLE t ON CLUSTER c DROP COLUMN IF EXISTS x, RENAME COLUMN IF EXISTS a TO b",
        "ALTER TABLE t MODIFY COLUMN x String, MODIFY TTL x + 1, MODIFY SETTING a = 1",
        "ALTER TABLE t MODIFY COLUMN add COMMENT 'ADD COLUMN x'",
        "ALTER TABLE t REPLACE PARTITION 1 FROM s",
        "ALTER TABLE t DROP PARTITION 1",
        "ALTER TABLE t DELETE WHERE x = 1",
        "INSERT INTO t SETTINGS insert_deduplication_token = 'a' SELECT 1",
        "INSERT INTO t /* repeatable: rows collapse by their key */ SELECT 1",
        "ALTER TABLE t -- repeatable: tried\n ADD COLUMN x Int8",
        "OPTIMIZE TABLE t FINAL",
        "SELECT 'CREATE TABLE t'",
      })
  void passes(String statement) {
    assertThat(Repeatable.problem(statement)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE t (x Int8) ENGINE = Memory | CREATE needs IF NOT EXISTS",
        "CREATE /* IF NOT EXISTS */ TABLE t (x Int8) | CREATE needs IF NOT EXISTS",
        "CREATE VIEW v AS SELECT * FROM `IF NOT EXISTS` | CREATE needs IF NOT EXISTS",
        "CREATE DICTIONARY d (x Int8) PRIMARY KEY x | CREATE needs IF NOT EXISTS",
        "CREATE TABLE IF NOT EXISTS t ENGINE = Memory AS SELECT 1 | half filled",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v ENGINE = Memory POPULATE AS SELECT 1 | POPULATE",
        "ATTACH TABLE t | ATTACH needs IF NOT EXISTS",
        "DROP TABLE t | DROP needs IF EXISTS",
        "RENAME TABLE a TO b | RENAME needs IF EXISTS",
        "EXCHANGE TABLES a AND b | undoes itself",
        "UNDROP TABLE t | fails",
        "ALTER TABLE t ADD COLUMN x Int8 | ADD COLUMN needs IF NOT EXISTS",
        "ALTER TABLE t MODIFY COLUMN y Int8, ADD INDEX i x TYPE minmax | ADD INDEX needs",
        "ALTER TABLE t (ADD PROJECTION p (SELECT 1)) | ADD PROJECTION needs",
        "ALTER TABLE t ADD CONSTRAINT c CHECK x | ADD CONSTRAINT needs",
        "ALTER TABLE t DROP COLUMN x | DROP COLUMN needs IF EXISTS",
        "ALTER TABLE t RENAME COLUMN a TO b | RENAME COLUMN needs IF EXISTS",
        "ALTER TABLE t ATTACH PARTITION 1 FROM s | adds its rows again",
        "INSERT INTO t SELECT 1 | insert_deduplication_token",
        "WITH 1 AS x INSERT INTO t SELECT x | insert_deduplication_token",
        "SET max_threads = 1 | does not reach the next statement",
        "USE d | does not reach the next statement",
      })
  void isRefusedWithWhatToWriteInstead(String statement, String message) {
    assertThat(Repeatable.problem(statement)).contains(message);
  }

  @Test
  void ourMigrationsAndExamplesCanBeRepeated() throws IOException {
    Map<String, String> placeholders =
        Map.of(
            "database",
            "`d`",
            "retention_days",
            "1",
            "expiry",
            "t",
            "cluster",
            "",
            "replicated",
            "");
    for (Path root :
        new Path[] {Path.of("../clickhouse/migrations"), Path.of("../docs/examples/migrations")}) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".sql")).toList()) {
          assertThat(SqlScript.statements(SqlScript.fill(Files.readString(file), placeholders)))
              .isNotEmpty()
              .allSatisfy(sql -> assertThat(Repeatable.problem(sql)).as(sql).isNull());
        }
      }
    }
  }
}
