package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScriptTest {
  @Test
  void statementsEndAtSemicolonsAndTheLastMayGoWithout() {
    assertThat(SqlScript.statements("SELECT 1;\n\n ;; SELECT 2\n"))
        .containsExactly("SELECT 1", "SELECT 2");
    assertThat(SqlScript.statements(" \n-- nothing\n;")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 'a;b'",
        "SELECT 'it''s; fine'",
        "SELECT 'a\\';b'",
        "SELECT 'a\\\\'",
        "SELECT `a;b`",
        "SELECT `a\\`;b`",
        "SELECT \"a;b\"",
        "SELECT 1 -- no; end\n + 2",
        "SELECT 1 #! no; end\n + 2",
        "SELECT 1 # no; end\n + 2",
        "SELECT /* a;b */ 1",
        "SELECT /* a /* b; */ c; */ 1",
        "SELECT /**/ 1",
        "SELECT $$a;b'$$",
        "SELECT $tag$ a;$$; $tag$",
        "SELECT 1 // no; end\n + 2",
        "SELECT /* -- */ 1",
        "SELECT $a$ $b$ ; $b$ $a$",
        "SELECT \u2018a;b\u2019",
        "SELECT 1 AS \u201Ca;b\u201D",
        "SELECT x'3B', b'00111011', X'', 'x' ';'",
        "SELECT 'a\n;b'",
        "SELECT '\\';'",
        "SELECT \"it\"\";\"",
        "SELECT a -> b",
        "SELECT a$b, '-- ;'",
        "SELECT 'a--b'",
        "SELECT 4 / 2 - 1"
      })
  void semicolonsInsideTokensEndNothing(String statement) {
    assertThat(SqlScript.statements(statement + "; SELECT 2"))
        .containsExactly(statement, "SELECT 2");
  }

  @Test
  void commentsBetweenStatementsAreLeftOut() {
    assertThat(SqlScript.statements("-- why; and how\n/* and ; */ SELECT 1; -- done\n"))
        .containsExactly("SELECT 1");
  }

  @Test
  void dollarSignThatBeginsNoHeredocIsASymbol() {
    assertThat(SqlScript.statements("SELECT $ ; SELECT $1"))
        .containsExactly("SELECT $", "SELECT $1");
    assertThat(SqlScript.statements("a $; b $.; c")).containsExactly("a $", "b $.", "c");
  }

  @Test
  void hashWithoutABlankIsNoComment() {
    assertThat(SqlScript.statements("SELECT #a; SELECT 2"))
        .containsExactly("SELECT #a", "SELECT 2");
  }

  @Test
  void spacesOfWordProcessorsBeginNoStatement() {
    assertThat(SqlScript.statements("\uFEFF SELECT 1;\u00A0\u2003;\u200B"))
        .containsExactly("SELECT 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1;\nSELECT 'a",
        "\n`a",
        "\n/* /* */",
        "\n$x$ a $y$",
        "\n'a\\",
        "\nx'00",
        "\n\u2018a"
      })
  void whatDoesNotEndIsRefusedWithItsLine(String text) {
    assertThatThrownBy(() -> SqlScript.statements(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not end");
  }

  @Test
  void placeholdersAreFilledAndUnknownOnesAreNamed() {
    assertThat(
            SqlScript.fill("${database}.t TTL ${days} $$", Map.of("database", "`a`", "days", "$1")))
        .isEqualTo("`a`.t TTL $1 $$");
    assertThatThrownBy(() -> SqlScript.fill("${databse}", Map.of("database", "x")))
        .hasMessage("unknown placeholder ${databse}; there are [database]");
  }
}
