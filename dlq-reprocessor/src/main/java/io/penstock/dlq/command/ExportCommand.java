package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.archive.LetterFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes outstanding dead letters to a file, one JSON object a line, whole and unmasked.",
      "Only its owner may read the file: it holds the hashes of keys, as the events do."
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @ParentCommand private DlqMain dlq = new DlqMain();
  @Mixin private FilterOptions filters = new FilterOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "FILE", description = "The file to write; there must be none yet.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    LetterFilter filter = filters.filter(Instant.now());
    if (Files.exists(file)) {
      throw CommandFailure.usage(file + " exists; export writes a new file");
    }
    long count = write(filter, dlq.config(KafkaConfig::from));
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        output.json()
            ? Json.object(json -> {
              json.writeNumberField("letters", count);
              json.writeStringField("file", file.toString());
              json.writeBooleanField("unmasked", true);
            })
            : "%,d dead letters written to %s, whole: keys and hashes are not masked in it"
                .formatted(count, file));
    out.flush();
    return ExitCode.DONE;
  }

  private long write(LetterFilter filter, KafkaConfig kafka) {
    try {
      return LetterReading.run(
          kafka,
          dlq.names(filter, kafka),
          2,
          spec.commandLine().getErr(),
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
