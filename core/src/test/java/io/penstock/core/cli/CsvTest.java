package io.penstock.core.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CsvTest {
  private final LineProblems problems = new LineProblems();

  @Test
  void valuesAreFoundByTheHeadersNames() throws IOException {
    assertThat(read("a,b\n1,2\n3,\n"))
        .isEqualTo(Map.of(2, Map.of("a", "1", "b", "2"), 3, Map.of("a", "3", "b", "")));
  }

  @Test
  void quotedFieldsHoldCommasQuotesAndLineBreaks() throws IOException {
    assertThat(read("a,b\r\n\"x, \"\"y\"\"\n z\",\"\"\r\n1,2\r\n"))
        .isEqualTo(Map.of(2, Map.of("a", "x, \"y\"\n z", "b", ""), 4, Map.of("a", "1", "b", "2")));
  }

  @Test
  void theLastLineNeedsNoEndAndAByteOrderMarkIsSkipped() throws IOException {
    assertThat(read("\ufeffa,b\n1,2")).isEqualTo(Map.of(2, Map.of("a", "1", "b", "2")));
    assertThat(read("")).isEmpty();
  }

  @Test
  void anEmptyLineIsAValueOnlyWhereThereIsOneColumn() throws IOException {
    assertThat(read("a\n\n2\n")).isEqualTo(Map.of(2, Map.of("a", ""), 3, Map.of("a", "2")));
    assertThat(read("a,b\n\n1,2\n")).isEqualTo(Map.of(3, Map.of("a", "1", "b", "2")));
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void eachProblemIsToldOnceWithItsLines() throws IOException {
    assertThat(read("a,b\n1\n\n\"x\ny\",2\n3\n7,8\n9,\"10\n"))
        .isEqualTo(Map.of(4, Map.of("a", "x\ny", "b", "2"), 7, Map.of("a", "7", "b", "8")));
    assertThat(problems.sentences())
        .containsExactly(
            "lines 2, 6: 1 fields, the header has 2",
            "line 8: a quote is not closed, or text follows a closing one; no more is read");
  }

  @Test
  void behindAWrongQuoteNothingIsRead() throws IOException {
    assertThat(read("a,b\n1,2\n\"4\"5,6\n7,8\n")).isEqualTo(Map.of(2, Map.of("a", "1", "b", "2")));
    assertThat(problems.sentences())
        .containsExactly(
            "line 3: a quote is not closed, or text follows a closing one; no more is read");
  }

  @Test
  void whatIsNoTextCannotBeRead() {
    byte[] latin = "a\n\u00e9\n".getBytes(StandardCharsets.ISO_8859_1);
    BufferedReader text =
        new BufferedReader(
            new InputStreamReader(
                new ByteArrayInputStream(latin), StandardCharsets.UTF_8.newDecoder()));

    assertThatThrownBy(() -> Csv.read(text, problems, (row, line) -> {}))
        .isInstanceOf(CharacterCodingException.class);
  }

  @Test
  void ofManyLinesTheFirstAreNamed() {
    for (int line = 2; line < 1_500; line++) {
      problems.add(line, "no");
    }

    assertThat(problems.sentences())
        .containsExactly("lines 2, 3, 4, 5, 6, 7, 8, 9 and 1,490 more: no");
  }

  private Map<Integer, Map<String, String>> read(String text) throws IOException {
    Map<Integer, Map<String, String>> rows = new TreeMap<>();
    Csv.read(
        new BufferedReader(new StringReader(text)), problems, (row, line) -> rows.put(line, row));
    return rows;
  }
}
