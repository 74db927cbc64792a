package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.archive.LetterFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ./penstock dlq export}. */
@Command(
    name = "export",
    description = {
      "Writes outstanding dead letters to a file, one JSON object a line, whole and unmasked.",
      "Only its owner may read the file: it holds the hashes of keys, as the events do."
    })
@Shows(ExportCommand.Exported.class)
final class ExportCommand extends DlqCommand.OnLetters {
  @Parameters(paramLabel = "FILE", description = "The file to write; there must be none yet.")
  private Path file = Path.of("");

  /**
   * What was written.
   *
   * @param letters how many
   * @param file as it was named
   * @param unmasked true: the file has keys and hashes as they are
   */
  record Exported(long letters, String file, boolean unmasked) {}

  @Override
  int run(DlqApp app) {
    LetterFilter filter = filters.filter(Instant.now());
    if (Files.exists(file)) {
      throw CommandFailure.usage(file + " exists; export writes a new file");
    }
    long count = write(app, filter, app.config(KafkaConfig::from));
    return show(new Exported(count, file.toString(), true));
  }

  int show(Exported view) {
    return output.show(
        view,
        out ->
            out.println(
                "%,d dead letters written to %s, whole: keys and hashes are not masked in it"
                    .formatted(view.letters, view.file)));
  }

  private long write(DlqApp app, LetterFilter filter, KafkaConfig kafka) {
    try {
      return LetterReading.run(
          kafka,
          app.names(filter, kafka),
          2,
          output.err(),
          letters -> {
            try {
              return LetterFile.write(file, letters);
            } catch (IOException | UncheckedIOException e) {
              throw CommandFailure.failed("Cannot write " + file + ": " + e.getMessage(), e);
            }
          });
    } catch (CommandFailure e) {
      deleteEmpty();
      throw e;
    }
  }

  /** What was written before it turned out that the filters name nothing. */
  private void deleteEmpty() {
    try {
      if (Files.exists(file) && Files.size(file) == 0) {
        Files.delete(file);
      }
    } catch (IOException stays) {
      // An empty file harms nobody.
    }
  }
}
