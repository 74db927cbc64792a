package io.penstock.dlq.command;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.ProcessMetrics;
import io.penstock.core.observe.DeadThread;
import io.penstock.core.observe.Health;
import io.penstock.core.observe.ObserveServer;
import io.penstock.core.observe.ServiceLog;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.heal.HealConfig;
import io.penstock.dlq.heal.HealService;
import io.penstock.dlq.letter.LetterText;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Stays, and replays what heals by itself: letters of clients that were pending, suspended, unavailable or over their limit.",
      "Serves metrics and health. Several may run and share the work. Ends on SIGTERM, and if a router has another replay secret."
    })
final class RunCommand implements Callable<Integer> {
  private static final String NAME = "penstock-dlq-run";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws InterruptedException {
    ServiceLog lines =
        new ServiceLog(NAME, spec.commandLine().getErr(), CommandRun.current().environment());
    DeadThread.endsTheProcess(lines);
    CommandRun.current().stays(lines::failed);
    try (DlqApp app = new DlqApp(NAME)) {
      return run(app, line -> log(lines, line));
    }
  }

  private int run(DlqApp app, Consumer<String> log) throws InterruptedException {
    HealConfig config = app.config(HealConfig::from);
    if (config.replay().postgres().poolSize() < 3) {
      throw CommandFailure.usage(
          "dlq run needs a penstock.postgres.pool.size of 3 at least, not "
              + config.replay().postgres().poolSize());
    }
    Meters meters = new Meters();
    HikariDataSource postgres = app.postgres(config.replay().postgres());
    meters.measure(postgres);
    HealService service = new HealService(config, postgres, meters, log);
    try (ProcessMetrics _ = new ProcessMetrics(meters);
        ObserveServer server =
            new ObserveServer(
                config.http(), meters.registry(), () -> Health.GOOD, service::ready)) {
      service.start();
      log.accept("Healing dead letters; metrics and health on port " + server.port());
      CommandRun.current().whenInterrupted(() -> stop(service, log));
      CommandFailure failed = service.failed().get();
      service.close();
      throw failed;
    } catch (ExecutionException never) {
      throw new IllegalStateException(never);
    } catch (IOException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    }
  }

  private static void stop(HealService service, Consumer<String> log) {
    if (service.failed().isDone()) {
      // It ends by itself, and the exit code says why.
      return;
    }
    service.close();
    log.accept("Stopped");
    // Without it the JVM would answer a SIGTERM with 143, however well the stop went.
    Runtime.getRuntime().halt(ExitCode.DONE);
  }

  private static void log(ServiceLog lines, String line) {
    String shown = LetterText.line(line);
    lines.info(shown, Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + shown);
  }
}
