package io.penstock.local.engine;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The process that serves the ClickHouse engine on loopback. It prints {@code READY port=N} on
 * standard output once requests are answered, and ends on SIGTERM with code 0. The environment's
 * {@code PENSTOCK_ENGINE_PASSWORD} (or {@code PENSTOCK_ENGINE_PASSWORD_FILE}) sets the password of
 * the user {@code default}.
 *
 * <p>Needs {@code --enable-native-access=ALL-UNNAMED}. Exit codes: 0 stopped, 1 cannot start, 2
 * usage.
 */
@Command(
    name = "engine",
    mixinStandardHelpOptions = true,
    description = "Serves the ClickHouse engine over HTTP on 127.0.0.1.")
public final class EngineMain implements Callable<Integer> {
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);

  @Option(names = "--data", required = true, description = "Folder of the tables.")
  private Path data = Path.of("");

  @Option(names = "--port", defaultValue = "0", description = "Port; 0 takes a free one.")
  private int port;

  @Option(names = "--library", required = true, description = "The library file, libchdb.so.")
  private Path library = Path.of("");

  @Option(
      names = "--connections",
      defaultValue = "64",
      description = "Statements at once, at most (default: ${DEFAULT-VALUE}).")
  private int connections;

  private EngineMain() {}

  /** Runs until SIGTERM. */
  public static void main(String[] arguments) {
    int code = new CommandLine(new EngineMain()).execute(arguments);
    // Not System.exit: the library's own exit handlers assert when the engine has been used.
    leave(code);
  }

  @Override
  public Integer call() throws Exception {
    if (connections < 1 || connections > 1024 || port < 0 || port > 65_535) {
      System.err.println("engine: --connections is 1 to 1024, --port 0 to 65535");
      return CommandLine.ExitCode.USAGE;
    }
    EngineServer server;
    try {
      server =
          EngineServer.start(
              data.toAbsolutePath().normalize(),
              port,
              library.toAbsolutePath(),
              connections,
              password());
    } catch (EngineStartException failure) {
      System.err.println("engine: " + failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    var terminated = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop(server);
                  terminated.countDown();
                  leave(0);
                },
                "stop"));
    System.out.println("READY port=" + server.port());
    System.out.flush();
    terminated.await();
    return CommandLine.ExitCode.OK;
  }

  private static void stop(EngineServer server) {
    try {
      if (!server.stop(STOP_GRACE)) {
        System.err.println("engine: statements could not be cancelled and were cut off");
      }
    } catch (IOException failure) {
      System.err.println("engine: " + failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static @Nullable String password() throws IOException {
    String file = System.getenv("PENSTOCK_ENGINE_PASSWORD_FILE");
    String password =
        file == null || file.isEmpty()
            ? System.getenv("PENSTOCK_ENGINE_PASSWORD")
            : Files.readString(Path.of(file)).stripTrailing();
    return password == null || password.isEmpty() ? null : password;
  }

  /**
   * Ends the process without running anything more. {@link Runtime#halt} still calls the C
   * library's exit and with it the engine's static destructors, which wait for threads that a
   * cut-off statement keeps.
   */
  private static void leave(int code) {
    System.out.flush();
    System.err.flush();
    Linker linker = Linker.nativeLinker();
    try {
      linker
          .downcallHandle(
              linker.defaultLookup().find("_exit").orElseThrow(),
              FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
          .invokeExact(code);
    } catch (Throwable impossible) {
      Runtime.getRuntime().halt(code);
    }
  }
}
