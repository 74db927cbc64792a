package io.penstock.local.demo;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.local.LocalStackException;
import io.penstock.local.Part;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock demo}: real events through all of Penstock, and the account of them. */
@Command(
    name = "demo",
    description =
        "Start a stack of its own, send 10,000 real wildlife-strike reports of airlines through Penstock, and"
            + " check that every one is stored or a dead letter. Stops and deletes the stack in the end. Exit"
            + " code 0 if it adds up, else 1.")
@Shows(DemoReport.View.class)
public final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--keep",
      description = "Leave the stack running, print its addresses and what to try.")
  private boolean keep;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of the demo's stack (default: .penstock/demo in the repository).")
  private @Nullable Path data;

  @Mixin private final Output output = new Output();

  /** Set when an interrupt ends this process, and with it what it started. */
  private volatile boolean ending;

  private final long began = System.nanoTime();

  @Override
  public Integer call() {
    Path home = Home.find();
    Path dir =
        (data == null ? home.resolve(".penstock").resolve("demo") : data)
            .toAbsolutePath()
            .normalize();
    String stop = "./penstock local down --purge --data " + shown(dir);
    if (System.getenv("PENSTOCK_CLICKHOUSE_URL") != null) {
      say("PENSTOCK_CLICKHOUSE_URL is not used: the demo only writes to a stack of its own.");
    }
    DemoStack stack = DemoStack.take(dir, stop, keep, this::say);
    Thread interrupted =
        new Thread(
            () -> {
              ending = true;
              remove(stack, false, stop);
            },
            "penstock-demo-end");
    Runtime.getRuntime().addShutdownHook(interrupted);
    boolean done = false;
    try {
      Demo.Result result = new Demo(stack.stack(), home, stack.connectionFile(), this::say).run();
      done = result.account().addsUp();
      print(new DemoReport(result, elapsed()), stack, stop, result);
      return done ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException | SQLException e) {
      throw CommandFailure.failed("The demo cannot go on: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.failed("The demo was interrupted.", e);
    } catch (RuntimeException e) {
      if (ending) {
        return ExitCode.FAILED; // That servers are gone is the interrupt's doing: no news.
      }
      throw e;
    } finally {
      remove(stack, done, stop);
      unhook(interrupted);
    }
  }

  private static void unhook(Thread hook) {
    try {
      var _ = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // It runs already, and finds nothing left to do.
    }
  }

  private void remove(DemoStack stack, boolean done, String stop) {
    if (keep) {
      stack.leave();
      if (!done) {
        say("The demo did not succeed. Logs: " + stack.logs() + ". To stop the stack: " + stop);
      }
      return;
    }
    try {
      if (!stack.remove(done)) {
        return;
      }
    } catch (LocalStackException e) {
      say(String.valueOf(e.getMessage()));
    }
    if (!done && Files.exists(stack.logs())) {
      say("The demo did not succeed. Its stack is stopped; its logs are in " + stack.logs());
    }
  }

  private void print(DemoReport report, DemoStack stack, String stop, Demo.Result result) {
    PrintWriter out = spec.commandLine().getOut();
    report.print(out);
    out.println();
    out.printf("Took %.1f s.%n", elapsed().toMillis() / 1000.0);
    if (keep) {
      printNext(out, stack, stop, result.clients().getFirst());
    } else {
      out.println("To look around in what it stored: ./penstock demo --keep");
      out.println("To begin with Penstock yourself:  ./penstock local up");
    }
    if (output.json()) {
      out.println(Json.of(report.view()));
    }
    out.flush();
  }

  private static void printNext(PrintWriter out, DemoStack stack, String stop, DemoClient largest) {
    String config = "PENSTOCK_CONFIG_FILE=" + shown(stack.connectionFile());
    out.println();
    out.println("The stack goes on running:");
    for (Part part : stack.stack().parts()) {
      out.printf("  %-10s %s%n", part.kind().title(), part.url());
    }
    out.println("What to try next:");
    out.printf(
        "  curl %s --data-binary \"SELECT * FROM %s.events LIMIT 3 FORMAT Vertical\"%n",
        stack.stack().clickHouse().url(), largest.database());
    out.println("  " + config + " ./penstock clients show " + largest.id());
    out.println("  " + config + " ./penstock clients create --name \"My shop\"");
    out.println("  " + config + " ./penstock router");
    out.println("  ./penstock local status --data " + shown(stack.stack().dir()));
    out.println("To stop it and delete its data:");
    out.println("  " + stop);
  }

  /**
   * A path for the person to type: relative if it lies below the working folder, quoted if need be.
   */
  private static String shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    String text = (path.startsWith(here) ? here.relativize(path) : path).toString();
    return text.contains(" ") ? "'" + text + "'" : text;
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private void say(String line) {
    System.err.printf("%5.1f s  %s%n", elapsed().toMillis() / 1000.0, line);
  }
}
