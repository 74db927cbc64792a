package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Home;
import io.penstock.provisioning.schema.Migration;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Whose migrations a command is about. */
class MigrationOptions {
  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Only this one; may be repeated. Default: all that are active or suspended.")
  List<String> clientIds = List.of();

  final Path folder() {
    return Migration.folder(Home.find());
  }

  /** The same of several clients at once. */
  static final class AtOnce extends MigrationOptions {
    @Option(
        names = "--parallel",
        paramLabel = "N",
        description = "Groups of clients at once; default: ${DEFAULT-VALUE}.")
    private int parallelism = 4;

    int parallelism() {
      if (parallelism < 1) {
        throw CommandFailure.usage("--parallel is 1 or more.");
      }
      return parallelism;
    }
  }
}
