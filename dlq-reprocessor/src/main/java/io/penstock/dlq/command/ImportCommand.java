package io.penstock.dlq.command;

import io.penstock.core.cli.ActorOption;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ProgressBar;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.deadletter.LetterWriter;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.archive.ImportSelection;
import io.penstock.dlq.archive.LetterFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./penstock dlq import}. */
@Command(
    name = "import",
    description = {
      "Brings the letters of an export back into the dead-letter topic, as they were.",
      "A letter that is outstanding now stays as it is, so that it is safe to repeat. The whole file"
          + " is checked before anything is written. The audit log keeps who did it."
    })
@Shows(ImportCommand.Imported.class)
final class ImportCommand extends DlqCommand {
  private static final int MAX_TOLD = 5;

  @Mixin private ActorOption actor = new ActorOption();

  @Parameters(paramLabel = "FILE", description = "As \"dlq export\" wrote it.")
  private Path file = Path.of("");

  @Option(
      names = "--dry-run",
      description = "Check the file, and say what would be imported; write nothing.")
  private boolean dryRun;

  private record Config(KafkaConfig kafka, PostgresConfig postgres) {}

  /** The file was changed between its check and its import. */
  private static final class ChangedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ChangedException() {
      super("the file was changed while it was read");
    }
  }

  /**
   * What became of a file's letters.
   *
   * @param letters how many the file has
   * @param wanted how many go into the topic
   * @param imported how many are in
   * @param thereAlready stay out since their key is outstanding
   * @param repeated stay out since a later line has the same key
   * @param withoutKey stay out
   * @param dryRun whether nothing was written
   */
  record Imported(
      long letters,
      long wanted,
      long imported,
      long thereAlready,
      long repeated,
      long withoutKey,
      boolean dryRun) {
    static Imported of(ImportSelection selection, long imported, boolean dryRun) {
      return new Imported(
          selection.letters(),
          selection.wanted(),
          imported,
          selection.thereAlready(),
          selection.repeated(),
          selection.keyless(),
          dryRun);
    }
  }

  @Override
  int run(DlqApp app) {
    String who = actor.actor();
    // A pipe could not be read twice.
    if (!Files.isRegularFile(file)) {
      throw CommandFailure.usage(file + " is no file; import reads one that \"dlq export\" wrote");
    }
    Config config =
        app.config(reader -> new Config(KafkaConfig.from(reader), PostgresConfig.from(reader)));
    try (LetterFile letters = new LetterFile(file, config.kafka.deadLettersTopic())) {
      ImportSelection selection = new ImportSelection();
      LetterFile.Print print = check(letters, selection);
      LetterReading.run(
          config.kafka,
          selection::known,
          2,
          output.err(),
          inTopic -> {
            inTopic.read(selection::outstanding);
            return selection;
          });
      if (letters.bytes() != print.bytes()) {
        throw CommandFailure.failed(
            "%s was changed while it was read; nothing was imported.".formatted(file), null);
      }
      if (dryRun || selection.wanted() == 0) {
        return report(selection, 0);
      }
      LetterAudit audit =
          new LetterAudit(
              app.postgres(config.postgres),
              LetterAudit.Work.IMPORT,
              who,
              null,
              "file=[" + LetterAudit.bounded(file) + "]");
      return write(letters, selection, print, config.kafka, audit);
    } catch (IOException e) {
      throw CommandFailure.failed(
          "Cannot read %s: %s; nothing was imported.".formatted(file, e.getMessage()), e);
    }
  }

  /** Reads the whole file into the selection, and tells of lines that are broken. */
  private LetterFile.Print check(LetterFile letters, ImportSelection selection) throws IOException {
    long[] broken = new long[1];
    List<String> told = new ArrayList<>();
    LetterFile.Print print;
    try (ProgressBar bar = new ProgressBar(output.err(), "bytes checked", letters.bytes())) {
      print =
          letters.read(
              (letter, number) -> selection.add(number, letter),
              (why, number) -> {
                broken[0]++;
                if (told.size() < MAX_TOLD) {
                  told.add("line %d %s".formatted(number, why));
                }
              },
              bar::advance);
    }
    if (broken[0] > 0) {
      if (broken[0] > told.size()) {
        told.add("and so on");
      }
      throw CommandFailure.usage(
              "%,d of %,d lines of %s are no letters; nothing was imported"
                  .formatted(broken[0], broken[0] + selection.letters(), file))
          .problems(told)
          .remedy(
              "mend these lines, or delete them to go without their letters; dlq-reprocessor/README.md describes the format");
    }
    return print;
  }

  private int write(
      LetterFile letters,
      ImportSelection selection,
      LetterFile.Print print,
      KafkaConfig kafka,
      LetterAudit audit) {
    long[] confirmed = new long[1];
    audit.started(selection.wanted());
    try (ProgressBar bar = new ProgressBar(output.err(), "letters written", selection.wanted())) {
      write(
          letters,
          selection,
          print,
          kafka,
          done -> {
            bar.advance(done - confirmed[0]);
            confirmed[0] = done;
          });
    } catch (KafkaException | ChangedException | CommandRun.Interrupted | IOException e) {
      Imported view = Imported.of(selection, confirmed[0], dryRun);
      print(view);
      audit.ended(confirmed[0]);
      throw CommandFailure.ended(
              confirmed[0] > 0,
              "At least %,d of %,d letters are in, then it ended: %s. Run it again: those that are in stay as they are."
                  .formatted(confirmed[0], selection.wanted(), e.getMessage()),
              e)
          .result(view);
    }
    audit.ended(confirmed[0]);
    return report(selection, confirmed[0]);
  }

  private static void write(
      LetterFile letters,
      ImportSelection selection,
      LetterFile.Print print,
      KafkaConfig kafka,
      LongConsumer progress)
      throws IOException {
    // Closed before an exception is dealt with: what was on its way then is counted.
    try (LetterWriter writer = new LetterWriter(kafka, progress)) {
      LetterFile.Print again =
          letters.read(
              (letter, number) -> {
                CommandRun.current().checkpoint();
                if (selection.takes(number, letter)) {
                  writer.restore(letter);
                }
              },
              (_, _) -> {
                throw new ChangedException();
              },
              bytes -> {});
      writer.confirm();
      if (!again.equals(print)) {
        throw new ChangedException();
      }
    }
  }

  private void print(Imported view) {
    if (!output.json()) {
      var _ = output.show(view, out -> print(out, view));
    }
  }

  private static void print(PrintWriter out, Imported view) {
    out.println(
        view.dryRun
            ? "%,d of %,d letters would be imported.".formatted(view.wanted, view.letters)
            : "%,d of %,d letters imported.".formatted(view.imported, view.letters));
    line(out, view.thereAlready, "there already: outstanding now, left as they are");
    line(out, view.repeated, "repeated: a later line has the same key");
    line(out, view.withoutKey, "without a key: they stay out");
  }

  int report(ImportSelection selection, long imported) {
    Imported view = Imported.of(selection, imported, dryRun);
    if (view.withoutKey == 0 || dryRun) {
      return output.show(view, out -> print(out, view));
    }
    print(view);
    throw CommandFailure.partly(
            "%,d have no key and stay out: nothing tells whether they are in the topic still, and a compacted topic takes none."
                .formatted(view.withoutKey),
            null)
        .result(view);
  }

  private static void line(PrintWriter out, long count, String what) {
    if (count > 0) {
      out.println("  %,d %s".formatted(count, what));
    }
  }
}
