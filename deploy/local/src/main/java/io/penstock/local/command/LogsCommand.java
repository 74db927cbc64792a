package io.penstock.local.command;

import io.penstock.local.LocalStackException;
import io.penstock.local.PartKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Shows the end of a part's log. */
@Command(name = "logs", description = "Show the end of a part's log.")
final class LogsCommand implements Callable<Integer> {
  @Mixin private final StackOptions options = new StackOptions();

  @Parameters(
      paramLabel = "PART",
      converter = KindConverter.class,
      description = "kafka, postgres, redis or clickhouse.")
  private @Nullable PartKind kind;

  @Option(names = "--lines", paramLabel = "N", description = "How many lines (default: 100).")
  private int lines = 100;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is written.")
  private boolean follow;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (kind == null) {
      throw new IllegalStateException("picocli requires the parameter");
    }
    Path log = options.stack().part(kind).logFile();
    if (!Files.exists(log)) {
      throw new LocalStackException(
          kind.title() + " has no log yet: " + log + " is written at its first start.");
    }
    var tail = new ArrayList<>(List.of("tail", "-n", Integer.toString(Math.max(0, lines))));
    if (follow) {
      tail.add("-F");
    }
    tail.add(log.toString());
    return new ProcessBuilder(tail).inheritIO().start().waitFor();
  }

  /** The names that the state file and the other options use. */
  static final class KindConverter implements ITypeConverter<PartKind> {
    @Override
    public PartKind convert(String name) {
      return Stream.of(PartKind.values())
          .filter(kind -> kind.id().equals(name.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "'" + name + "' is none of kafka, postgres, redis, clickhouse"));
    }
  }
}
