package io.penstock.dlq;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.common.header.Header;
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
    KafkaConfig kafka = dlq.config(KafkaConfig::from);
    long count =
        LetterReading.run(
            kafka,
            filter,
            2,
            spec.commandLine().getErr(),
            letters -> {
              try {
                return export(letters);
              } catch (IOException | UncheckedIOException e) {
                throw CommandFailure.failed("Cannot write " + file + ": " + e.getMessage(), e);
              }
            });
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        output.json()
            ? Json.object(json -> {
              json.writeNumberField("letters", count);
              json.writeStringField("file", file.toString());
            })
            : "%,d dead letters written to %s".formatted(count, file));
    out.flush();
    return ExitCode.DONE;
  }

  /** Under a temporary name first: a file of the name that was asked for is always whole. */
  private long export(OutstandingLetters letters) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    long[] count = new long[1];
    boolean whole = false;
    Files.deleteIfExists(partial);
    try {
      try (FileChannel channel =
              FileChannel.open(
                  partial,
                  Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                  ownerOnly());
          Writer lines =
              new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8), 1 << 16)) {
        letters.read(letter -> {
          try {
            lines.write(Json.object(json -> write(json, letter)));
            lines.write('\n');
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          count[0]++;
        });
        lines.flush();
        channel.force(true);
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(partial);
      }
    }
    return count[0];
  }

  private static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void write(JsonGenerator json, DeadLetter letter) throws IOException {
    json.writeNumberField("partition", letter.partition().partition());
    json.writeNumberField("offset", letter.offset());
    json.writeStringField("writtenAt", letter.writtenAt().toString());
    byte[] key = letter.key();
    if (key != null) {
      writeBytes(json, "key", key);
    }
    json.writeArrayFieldStart("headers");
    for (Header header : letter.headers()) {
      json.writeStartObject();
      json.writeStringField("name", header.key());
      byte[] value = header.value();
      if (value != null) {
        writeBytes(json, "value", value);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    writeBytes(json, "value", letter.value());
  }

  /** As text, or, where that would not give the same bytes back, in Base64 under another name. */
  private static void writeBytes(JsonGenerator json, String name, byte[] bytes) throws IOException {
    String text = DeadLetter.strictText(bytes);
    if (text != null) {
      json.writeStringField(name, text);
    } else {
      json.writeBinaryField(name + "Base64", bytes);
    }
  }
}
