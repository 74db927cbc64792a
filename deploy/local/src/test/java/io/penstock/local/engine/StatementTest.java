package io.penstock.local.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementTest {
  private static Statement read(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Statement.read(bytes, bytes.length, true);
  }

  private static Statement readSoFar(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Statement.read(bytes, bytes.length, false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT INTO t FORMAT CSV 1,2|INSERT INTO t|CSV|1,2",
        "insert into db.t (a, b) format RowBinary\\n;x|insert into db.t (a, b)|RowBinary|;x",
        "INSERT INTO `my t` (`format`, b) SETTINGS a = 1 FORMAT TSV\\r\\n\\n1|INSERT INTO `my t` (`format`, b) SETTINGS a = 1|TSV|\\n1",
        "INSERT INTO TABLE FUNCTION file('x.csv', CSV) FORMAT CSV 1|INSERT INTO TABLE FUNCTION file('x.csv', CSV)|CSV|1",
        "INSERT INTO db.values VALUES (1)|INSERT INTO db.values|Values|' (1)'",
        "/* a /* FORMAT Y */ b; */ INSERT INTO t // FORMAT X;\\n FORMAT CSV 1|/* a /* FORMAT Y */ b; */ INSERT INTO t // FORMAT X;|CSV|1",
        "/* FORMAT */ INSERT INTO t -- FORMAT X\\n FORMAT JSONEachRow {}|/* FORMAT */ INSERT INTO t -- FORMAT X|JSONEachRow|{}",
      })
  void insertsAreSplitFromTheirRows(String text, String head, String format, String rows) {
    String sql = text.replace("\\n", "\n").replace("\\r", "\r");

    var insert = (Statement.InsertRows) read(sql);

    assertThat(sql.substring(0, insert.headLength()).strip()).isEqualTo(head);
    assertThat(insert.format()).isEqualTo(format);
    assertThat(sql.substring(insert.dataStart())).isEqualTo(rows.replace("\\n", "\n"));
  }

  @Test
  void anInsertWithoutAFormatTakesTheRequestsFormat() {
    assertThat(read("INSERT INTO t (a);\n"))
        .isEqualTo(new Statement.InsertRows("INSERT INTO t (a)".length(), null, 19, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t SELECT 1 FORMAT CSV",
        "INSERT INTO t (a) WITH x AS (SELECT 1) SELECT * FROM x",
        "INSERT INTO t (SELECT 1)",
        "INSERT INTO t ((SELECT 1))",
        "INSERT INTO t FROM INFILE 'x.csv' FORMAT CSV",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "CREATE TABLE t (format String) ENGINE = Memory",
      })
  void otherStatementsAreRunAsAWhole(String text) {
    assertThat(read(text)).isEqualTo(new Statement.Other(null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1|false|",
        "select 'FORMAT x', \"FORMAT\" from t format JSON ;|false|JSON",
        "WITH 1 AS a SELECT a FORMAT CSV SETTINGS max_threads = 1|false|CSV",
        "SELECT a, count() FROM (SELECT 1 AS a) GROUP BY a WITH TOTALS|true|",
        "SELECT $tag$ FORMAT JSON $tag$|false|",
      })
  void selectsTellTheirFormatAndTotals(String text, boolean totals, String format) {
    assertThat(read(text)).isEqualTo(new Statement.Select(format, totals));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SET a = 1", "use db", "CREATE TEMPORARY TABLE t (a UInt8)"})
  void whatChangesTheSessionIsKnown(String text) {
    assertThat(read(text)).isEqualTo(new Statement.ChangesSession());
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT 1; SELECT 2", "SET a = 1; DROP TABLE t"})
  void severalStatementsAreKnown(String text) {
    assertThat(read(text)).isEqualTo(new Statement.Several());
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT ';'", "SELECT 1;;\n", "SELECT 1 -- ; SELECT 2", "SELECT `;`"})
  void oneStatementIsNotTakenForSeveral(String text) {
    assertThat(read(text)).isEqualTo(new Statement.Select(null, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " \n", "-- nothing", "/* nothing */"})
  void anEmptyTextIsKnown(String text) {
    assertThat(read(text)).isEqualTo(new Statement.Empty());
  }

  @Test
  void whatIsNotFinishedIsLeftToTheEngineToRefuse() {
    assertThat(read("/* SELECT 1")).isEqualTo(new Statement.Other(null));
    assertThat(read("SELECT 'a; SELECT 2")).isEqualTo(new Statement.Select(null, false));
  }

  @Test
  void noPrefixOfAnInsertIsTakenForAnythingElse() {
    String sql =
        "INSERT INTO `a b`.t (a, /* FORMAT */ `b)`) SETTINGS x = 'FORMAT CSV' FORMAT RowBinary\n";
    for (int length = 0; length < sql.length(); length++) {
      assertThat(readSoFar(sql.substring(0, length))).isEqualTo(new Statement.Incomplete());
    }
    assertThat(readSoFar(sql + "\u0001\u0002\u0003"))
        .isEqualTo(
            new Statement.InsertRows(sql.indexOf("FORMAT RowB"), "RowBinary", sql.length(), true));
  }
}
