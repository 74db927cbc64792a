package io.penstock.core.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.clickhouse.SqlLexer.Kind;
import io.penstock.core.clickhouse.SqlLexer.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlLexerTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'a''b\\'c'|STRING",
        "\"a\"\"b\\\"\"|IDENTIFIER",
        "`a``b`|IDENTIFIER",
        "\u2018a'b\u2019|STRING",
        "\u201Ca\u201D|IDENTIFIER",
        "x'0A'|STRING",
        "$tag$ ' $ $tag$|STRING",
        "$$ ' $$|STRING",
        "a$b|WORD",
        "/* a /* b */ c */|COMMENT",
        "-- to the line's end|COMMENT",
        "// so|COMMENT",
        "#!so|COMMENT",
        "# so|COMMENT",
        "123|WORD",
        "(|SYMBOL",
        "'open\\'|UNFINISHED",
        "`open|UNFINISHED",
        "x'open|UNFINISHED",
        "$a$ open $b$|UNFINISHED",
        "/* a /* b */|UNFINISHED",
      })
  void aTokenIsOneToItsEnd(String text, Kind kind) {
    SqlLexer lexer = new SqlLexer(" " + text);

    assertThat(lexer.next()).isEqualTo(new Token(kind, text, 1, text.length() + 1));
    assertThat(lexer.next()).isNull();
  }

  @Test
  void tokensStandWhereTheyAreInTheText() {
    assertThat(SqlLexer.tokens("a.1 -- b\n;"))
        .containsExactly(
            new Token(Kind.WORD, "a", 0, 1),
            new Token(Kind.SYMBOL, ".", 1, 2),
            new Token(Kind.WORD, "1", 2, 3),
            new Token(Kind.COMMENT, "-- b", 4, 8),
            new Token(Kind.SYMBOL, ";", 9, 10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {"a 'b|quote", "a /* b|comment", "a $b$ c|heredoc"})
  void aTextWithAnUnfinishedTokenHasNoTokens(String text, String what) {
    assertThatThrownBy(() -> SqlLexer.tokens("\n" + text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the " + what + " that begins in line 2 does not end");
  }
}
