package io.penstock.local.command;

import io.penstock.local.LocalStack;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which stack a command is about. */
final class StackOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Folder of the stack's data, logs and state (default: $PENSTOCK_LOCAL_DIR, else .penstock/local in the repository).")
  private @Nullable Path data;

  /** Chosen by option, environment or default, in this order. */
  Path dir() {
    if (data != null) {
      return data.toAbsolutePath().normalize();
    }
    String own = System.getenv("PENSTOCK_LOCAL_DIR");
    Path dir =
        own != null && !own.isEmpty()
            ? Path.of(own)
            : Applications.home().resolve(".penstock").resolve("local");
    return dir.toAbsolutePath().normalize();
  }

  /** The stack as it is: this starts nothing. Its servers outlive this process. */
  LocalStack stack() {
    return LocalStack.builder(dir()).endWithJvm(false).build();
  }

  /** The file that tells Penstock's applications how to reach the stack. */
  static Path connectionFile(Path dir) {
    return dir.resolve("stack.properties");
  }
}
