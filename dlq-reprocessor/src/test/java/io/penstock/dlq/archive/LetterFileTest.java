package io.penstock.dlq.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LetterFileTest {
  @TempDir Path folder;

  /** What a reading told of, one text a line. */
  private static final class Told implements LetterFile.Visitor {
    private final List<String> lines = new ArrayList<>();

    @Override
    public void letter(long number, DeadLetter letter) {
      lines.add(number + " " + letter.name() + " " + letter.value().length);
    }

    @Override
    public void broken(long number, String why) {
      lines.add(number + " " + why.substring(0, why.indexOf(':')));
    }
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
    Told told = new Told();
    long[] progress = new long[1];
    try (LetterFile file = new LetterFile(path, "dead")) {
      LetterFile.Print print = file.read(told, bytes -> progress[0] += bytes);

      assertThat(told.lines)
          .containsExactly(
              "1 a 3", "3 b 700000", "4 is not JSON from column 2 on", "5 c 0", "7 d 1");
      assertThat(progress[0]).isEqualTo(print.bytes()).isEqualTo(Files.size(path));
    }
  }

  @Test
  void anEmptyFileHasNoLetters() throws Exception {
    Told told = new Told();
    try (LetterFile file = new LetterFile(file(""), "dead")) {
      assertThat(file.read(told, bytes -> {}).bytes()).isZero();
    }
    assertThat(told.lines).isEmpty();
  }

  @Test
  void aFileThatWasChangedBetweenTwoReadingsIsNotTheSame() throws Exception {
    Path path = file(line("a", 3) + "\n");
    try (LetterFile file = new LetterFile(path, "dead")) {
      LetterFile.Print first = file.read(new Told(), bytes -> {});
      assertThat(file.read(new Told(), bytes -> {})).isEqualTo(first);

      Files.writeString(path, line("b", 3) + "\n");
      assertThat(file.read(new Told(), bytes -> {})).isNotEqualTo(first);
      Files.writeString(path, line("a", 3) + "\n\n", StandardOpenOption.TRUNCATE_EXISTING);
      assertThat(file.read(new Told(), bytes -> {})).isNotEqualTo(first);
    }
  }
}
