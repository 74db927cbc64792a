package io.penstock.router;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Commands;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.observe.DeadThread;
import io.penstock.core.observe.ServiceLog;
import io.penstock.core.observe.Version;
import io.penstock.core.run.CommandRun;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./penstock router}: runs until SIGTERM, then flushes, commits and ends with 0. */
@Command(
    name = "router",
    mixinStandardHelpOptions = true,
    description = "Stores each client's events in the client's own database. Ends on SIGTERM.",
    footer =
        "Configured by the environment or PENSTOCK_CONFIG_FILE: docs/reference/configuration.md.")
public final class RouterMain implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(RouterMain.class);

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Runs the command. */
  public static void main(String[] arguments) {
    int exitCode = Commands.execute(new RouterMain(), arguments);
    if (exitCode != ExitCode.DONE) {
      System.exit(exitCode);
    }
  }

  @Override
  public Integer call() throws Exception {
    ServiceLog lines =
        new ServiceLog("router", spec.commandLine().getErr(), CommandRun.current().environment());
    CommandRun.current().stays(lines::failed);
    DeadThread.endsTheProcess(lines);
    var loaded =
        ConfigReader.load(
            ConfigSource.fromEnvironment(CommandRun.current().environment()), RouterConfig::from);
    log.info("Penstock router {}", Version.CURRENT);
    loaded.settings().forEach(setting -> log.info("  {}", setting));
    try {
      StartCheck.run(loaded.config().kafka(), loaded.config().applicationId());
    } catch (StartCheck.StartException cannotStart) {
      throw CommandFailure.failed(String.valueOf(cannotStart.getMessage()), cannotStart);
    }
    RouterApp app;
    try {
      app = new RouterApp(loaded.config(), Clock.systemUTC());
    } catch (IOException cannotServe) {
      throw CommandFailure.failed(String.valueOf(cannotServe.getMessage()), cannotServe);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(app), "stop"));
    ServiceLog.name(app.name());
    app.start();
    log.atInfo()
        .addKeyValue("router", app.name())
        .addKeyValue("httpPort", app.httpPort())
        .log("Router started");
    Throwable failure = app.ended().get();
    throw CommandFailure.failed("The router cannot go on: " + failure.getMessage(), failure);
  }

  /** On SIGTERM; the exit code says whether everything taken in was stored and committed. */
  private static void stop(RouterApp app) {
    log.info("Stopping: flushing, committing, leaving the group");
    int exitCode = ExitCode.FAILED;
    try {
      app.close();
      exitCode = app.ended().isDone() ? ExitCode.FAILED : ExitCode.DONE;
      log.info("Router stopped");
    } catch (RuntimeException failed) {
      log.atError().setCause(failed).log("Router stopped, but not cleanly");
    } finally {
      // Without it the JVM would answer a SIGTERM with 143, however well the stop went.
      Runtime.getRuntime().halt(exitCode);
    }
  }
}
