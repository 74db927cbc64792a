package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextDiffTest {
  @Test
  void changedLinesStandBetweenTheirNeighbours() {
    assertThat(TextDiff.of("a\nb\nc\nd\ne", "a\nb\nC\nd\ne"))
        .isEqualTo("@@ line 2 @@\n b\n-c\n+C\n d");
    assertThat(TextDiff.of("a\nb", "a\nb\nc")).isEqualTo("@@ line 2 @@\n b\n+c");
    assertThat(TextDiff.of("a\nb", "b")).isEqualTo("@@ line 1 @@\n-a\n b");
    assertThat(TextDiff.of("a\nb", "a\nb")).isEmpty();
  }

  @Test
  void distantChangesAreGroupsOfTheirOwn() {
    assertThat(TextDiff.of("a\nb\nc\nd\ne\nf", "A\nb\nc\nd\ne\nF"))
        .isEqualTo("@@ line 1 @@\n-a\n+A\n b\n@@ line 5 @@\n e\n-f\n+F");
  }

  @Test
  void longDifferencesAreCut() {
    String before = lines(100, "a");
    String after = lines(100, "b");

    assertThat(TextDiff.of(before, after).lines())
        .hasSize(41)
        .last()
        .isEqualTo("... 161 more lines");
    assertThat(TextDiff.of(lines(3_000, "a"), lines(3_000, "b")))
        .isEqualTo("(3000 lines before, 3000 now)");
  }

  private static String lines(int count, String text) {
    return IntStream.range(0, count).mapToObj(i -> text + i).collect(Collectors.joining("\n"));
  }
}
