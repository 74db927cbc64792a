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
  void brokenTextIsRefused() {
    assertThatThrownBy(() -> Csv.read("a,b\n1\n")).hasMessageContaining("Line 2 has 1 fields");
    assertThatThrownBy(() -> Csv.read("a\n\"1\n")).hasMessageContaining("not closed");
    assertThatThrownBy(() -> Csv.read("a\n\"1\"2\n")).hasMessageContaining("follows the quote");
  }
}
