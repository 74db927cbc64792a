package io.penstock.core.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CsvTest {
  @Test
  void valuesAreFoundByTheHeadersNames() {
    assertThat(Csv.read("a,b\n1,2\n3,\n"))
        .isEqualTo(List.of(Map.of("a", "1", "b", "2"), Map.of("a", "3", "b", "")));
  }

  @Test
  void quotedFieldsHoldCommasQuotesAndLineBreaks() {
    assertThat(Csv.read("a,b\r\n\"x, \"\"y\"\"\n z\",\"\"\r\n"))
        .isEqualTo(List.of(Map.of("a", "x, \"y\"\n z", "b", "")));
  }

  @Test
  void theLastLineNeedsNoEndAndAByteOrderMarkIsSkipped() {
    assertThat(Csv.read("\ufeffa,b\n1,2")).isEqualTo(List.of(Map.of("a", "1", "b", "2")));
  }

  @Test
  void eachProblemIsToldOnceWithItsLines() {
    LineProblems problems = new LineProblems();
    String text = "a,b\n1\n\n\"x\ny\",2\n3\n\"4\"5,6\n7,8\n9,\"10\n";

    assertThat(Csv.read(text, problems))
        .containsOnly(
            Map.entry(4, Map.of("a", "x\ny", "b", "2")), Map.entry(8, Map.of("a", "7", "b", "8")));
    assertThat(problems.sentences())
        .containsExactly(
            "lines 2, 6: 1 fields, the header has 2",
            "line 7: text follows a closing quote",
            "line 9: a quote is not closed; what follows is not read");
  }

  @Test
  void ofManyLinesTheFirstAreNamed() {
    LineProblems problems = new LineProblems();
    for (int line = 2; line < 1_500; line++) {
      problems.add(line, "no");
    }

    assertThat(problems.sentences())
        .containsExactly("lines 2, 3, 4, 5, 6, 7, 8, 9 and 1,490 more: no");
  }

  @Test
  void brokenTextIsRefused() {
    assertThatThrownBy(() -> Csv.read("a,b\n1\n"))
        .hasMessageContaining("line 2: 1 fields, the header has 2");
    assertThatThrownBy(() -> Csv.read("a\n\"1\n")).hasMessageContaining("not closed");
    assertThatThrownBy(() -> Csv.read("a\n\"1\"2\n"))
        .hasMessageContaining("follows a closing quote");
  }
}
