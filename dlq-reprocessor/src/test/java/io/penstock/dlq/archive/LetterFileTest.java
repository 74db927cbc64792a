package io.penstock.dlq.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LetterFileTest {
  @TempDir Path folder;

  /** What a reading told of, one text a line. */
  private final List<String> lines = new ArrayList<>();

  private LetterFile.Print read(LetterFile file, LongConsumer progress) throws Exception {
    lines.clear();
    return file.read(
        (letter, number) -> lines.add(number + " " + letter.name() + " " + letter.value().length),
        (why, number) -> lines.add(number + " " + why.substring(0, why.indexOf(':'))),
        progress);
  }

  private static String line(String key, int bytes) {
    return LetterLineTest.written(
        LetterLineTest.letter(0, key.getBytes(UTF_8), new RecordHeaders(), new byte[bytes]));
  }

  private Path file(String text) throws Exception {
    return Files.writeString(folder.resolve("letters.ndjson"), text);
  }

  @Test
  void linesOfAnyLengthAreReadAndNumbered() throws Exception {
    Path path =
        file(
            line("a", 3)
                + "\n\n"
                + line("b", 700_000)
                + "\r\n{\n"
                + line("c", 0)
                + "\n \n"
                + line("d", 1));
    long[] progress = new long[1];
    try (LetterFile file = new LetterFile(path, "dead")) {
      LetterFile.Print print = read(file, bytes -> progress[0] += bytes);

      assertThat(lines)
          .containsExactly(
              "1 a 3", "3 b 700000", "4 is not JSON from column 2 on", "5 c 0", "7 d 1");
      assertThat(progress[0]).isEqualTo(print.bytes()).isEqualTo(Files.size(path));
    }
  }

  @Test
  void anEmptyFileHasNoLetters() throws Exception {
    try (LetterFile file = new LetterFile(file(""), "dead")) {
      assertThat(read(file, bytes -> {}).bytes()).isZero();
    }
    assertThat(lines).isEmpty();
  }

  @Test
  void aFileThatWasChangedBetweenTwoReadingsIsNotTheSame() throws Exception {
    Path path = file(line("a", 3) + "\n");
    try (LetterFile file = new LetterFile(path, "dead")) {
      LetterFile.Print first = read(file, bytes -> {});
      assertThat(read(file, bytes -> {})).isEqualTo(first);

      Files.writeString(path, line("b", 3) + "\n");
      assertThat(read(file, bytes -> {})).isNotEqualTo(first);
      Files.writeString(path, line("a", 3) + "\n\n", StandardOpenOption.TRUNCATE_EXISTING);
      assertThat(read(file, bytes -> {})).isNotEqualTo(first);
    }
  }
}
