package io.penstock.core.cli;

import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * What SIGINT and SIGTERM do to a process that runs a command: the command is told to end after the
 * step under way, and says what is done. If a server hangs and the command does not end, the
 * process ends and prints what is known of the command.
 */
final class Interruption implements Runnable {
  private static final Duration GRACE = Duration.ofSeconds(20);

  /** How long a server that is silent when the signal comes may stay silent. */
  private static final Duration GRACE_OF_SILENT = Duration.ofSeconds(5);

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration TELL = Duration.ofSeconds(2);

  private final CommandLine line;
  private final List<String> arguments;
  private final CompletableFuture<Integer> ended;

  /**
   * Makes a shutdown hook.
   *
   * @param ended completed with the exit code, before the process is ended
   */
  Interruption(CommandLine line, List<String> arguments, CompletableFuture<Integer> ended) {
    this.line = line;
    this.arguments = arguments;
    this.ended = ended;
  }

  @Override
  public void run() {
    if (ended.isDone()) {
      return;
    }
    List<CommandRun> running = CommandRun.interruptAll();
    if (!running.isEmpty()) {
      CommandRun run = running.getFirst();
      Integer code = await(run);
      // The JVM's own exit code of a signal would say nothing of what is done.
      Runtime.getRuntime().halt(code != null ? code : tell(run, FailureReport.interrupted(run)));
    }
  }

  /** Prints the report; the process ends even if nobody reads its output any more. */
  private int tell(CommandRun run, FailureReport report) {
    Thread telling = Thread.ofPlatform().daemon().start(() -> report.tell(run, line, arguments));
    try {
      telling.join(TELL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return report.exitCode();
  }

  /** The exit code; null if the command does not come to its end. */
  private @Nullable Integer await(CommandRun run) {
    long begin = System.nanoTime();
    while (true) {
      try {
        return ended.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        long waited = System.nanoTime() - begin;
        if (waited > GRACE.toNanos()
            || (waited > GRACE_OF_SILENT.toNanos() && !run.silentServer().isEmpty())) {
          return null;
        }
      } catch (InterruptedException | ExecutionException e) {
        return null;
      }
    }
  }
}
