package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.job.Parallel;
import io.penstock.provisioning.target.TargetCheck;
import io.penstock.provisioning.target.TargetOutcome;
import io.penstock.provisioning.target.TargetReport;
import io.penstock.provisioning.target.TargetRow;
import io.penstock.provisioning.target.TargetSettings;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock targets ...}. */
@Command(
    name = "targets",
    mixinStandardHelpOptions = true,
    description = "The ClickHouse servers and clusters that clients are placed on.",
    footer = "The one named default is configured: docs/reference/configuration.md.")
public final class TargetsCommand implements Runnable {
  /** Servers asked at once. */
  private static final int PARALLELISM = 8;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The options of a target, all of which may be left out when it is changed. */
  static final class Settings {
    @Option(
        names = "--url",
        description = "Its HTTP interface: http://host:8123 or https://host:8443.")
    @Nullable String url;

    @Option(names = "--user", description = "The user to connect as; default: default.")
    @Nullable String user;

    @Option(
        names = "--password-variable",
        paramLabel = "VARIABLE",
        description =
            "The environment variable that has the user's password in every process, as PENSTOCK_TARGET_EU_PASSWORD; with _FILE behind its name, a file with it. \"\": none.")
    @Nullable String passwordVariable;

    @Option(
        names = "--ca-file",
        paramLabel = "FILE",
        description = "A certificate (PEM) to trust, on every machine. \"\": those the JVM trusts.")
    @Nullable String caFile;

    @Option(
        names = "--cluster",
        description =
            "The cluster to create databases and tables on, with replicated engines. \"\": a single server.")
    @Nullable String cluster;

    /** The old settings with those that were given here in their place. */
    TargetSettings over(TargetSettings old) {
      return new TargetSettings(
          url == null ? old.url() : url,
          user == null ? old.user() : user,
          chosen(passwordVariable, old.passwordVariable()),
          chosen(caFile, old.caFile()),
          chosen(cluster, old.cluster()));
    }

    private static @Nullable String chosen(@Nullable String given, @Nullable String old) {
      if (given == null) {
        return old;
      }
      return given.isEmpty() ? null : given;
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say which: add, list, check, set or remove.");
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Adds a target. Routers and jobs know it at once, without a restart.")
  @Shows(Changed.class)
  int add(
      @Mixin JobOptions job,
      @Mixin Output output,
      @Mixin Settings settings,
      @Parameters(paramLabel = "NAME", description = "What clients' --target calls it.")
          String name) {
    if (settings.url == null) {
      throw CommandFailure.usage("--url is missing: where is the target?");
    }
    TargetSettings target =
        settings.over(new TargetSettings(settings.url, "default", null, null, null));
    return job.run(app -> {
      TargetOutcome outcome = app.targetRegistry().add(name, target);
      int exitCode = report(name, "added", outcome, output);
      hint(target.passwordVariable());
      return exitCode;
    });
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = "Changes what is given; routers take it over within half a minute.")
  @Shows(Changed.class)
  int set(
      @Mixin JobOptions job,
      @Mixin Output output,
      @Mixin Settings settings,
      @Parameters(paramLabel = "NAME", description = "The target.") String name) {
    UnaryOperator<TargetSettings> change = settings::over;
    return job.run(app -> {
      int exitCode = report(name, "changed", app.targetRegistry().set(name, change), output);
      hint(settings.passwordVariable);
      return exitCode;
    });
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description =
          "Forgets a target that no client is placed on. The server itself stays as it is.")
  @Shows(Changed.class)
  int remove(
      @Mixin JobOptions job,
      @Mixin Output output,
      @Parameters(paramLabel = "NAME", description = "The target.") String name) {
    return job.run(app -> report(name, "removed", app.targetRegistry().remove(name), output));
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists every target with the clients that are placed on it.")
  @Shows(TargetPrinter.Targets.class)
  int list(
      @Mixin Output output,
      @Option(names = "--check", description = "Also ask each whether it answers.") boolean check) {
    return new AppRun()
        .run(app -> {
          List<TargetRow> rows = app.targetRegistry().list(CommandRun.current().environment());
          List<TargetReport> reports = check ? ask(rows, TargetCheck::answers) : List.of();
          var _ = TargetPrinter.showList(output, rows, reports);
          return exitCode(reports);
        });
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = {
        "Asks targets whether Penstock can work with them: version, clock, number of databases, and rights.",
        "Rights are tried: a database penstock_check_... is made, used and dropped."
      })
  @Shows(TargetPrinter.Checks.class)
  int check(
      @Mixin Output output,
      @Parameters(paramLabel = "NAME", arity = "0..1", description = "Only this one; default: all.")
          @Nullable String name) {
    return new AppRun()
        .run(app -> {
          List<TargetRow> rows =
              app.targetRegistry().list(CommandRun.current().environment()).stream()
                  .filter(row -> name == null || row.target().equals(name))
                  .toList();
          if (rows.isEmpty()) {
            throw CommandFailure.failed(missing(String.valueOf(name)), null);
          }
          List<TargetReport> reports = ask(rows, TargetCheck::full);
          var _ = TargetPrinter.showReports(output, reports);
          return exitCode(reports);
        });
  }

  private static List<TargetReport> ask(
      List<TargetRow> rows, BiFunction<String, ClickHouseConfig, TargetReport> question) {
    return Parallel.map(
        rows,
        PARALLELISM,
        row -> {
          ClickHouseConfig config = row.config();
          return config == null
              ? new TargetReport(
                  row.target(),
                  row.url(),
                  null,
                  0,
                  0,
                  -1,
                  List.of("it cannot be used from here: " + row.problem()),
                  List.of())
              : question.apply(row.target(), config);
        });
  }

  /** Done if all are well, failed if none is, else partly. */
  private static int exitCode(List<TargetReport> reports) {
    long well = reports.stream().filter(TargetReport::ok).count();
    return ExitCode.of(reports.size() - well, reports.size());
  }

  private int report(String name, String done, TargetOutcome outcome, Output output) {
    return switch (outcome) {
      case TargetOutcome.Done() -> show(output, new Changed(name, done));
      case TargetOutcome.Unchanged() -> show(output, new Changed(name, "unchanged"));
      case TargetOutcome.Taken() ->
          throw CommandFailure.usage(
              "There is a target \"%s\" with other settings; \"./penstock targets set %1$s\" changes it."
                  .formatted(name));
      case TargetOutcome.Missing() -> throw CommandFailure.failed(missing(name), null);
      case TargetOutcome.InUse(long clients, List<String> some) ->
          throw CommandFailure.failed(
              "The target \"%s\" stays: clients that are placed on it: %d (%s%s). Deprovision them first."
                  .formatted(
                      name, clients, String.join(", ", some), clients > some.size() ? ", ..." : ""),
              null);
      case TargetOutcome.Invalid(List<String> problems) ->
          throw CommandFailure.usage(String.join(System.lineSeparator(), problems));
    };
  }

  /**
   * A target that was changed.
   *
   * @param target its name
   * @param outcome added, changed, removed or unchanged
   */
  record Changed(String target, String outcome) {}

  static int show(Output output, Changed view) {
    return output.show(view, out -> out.println("target " + view.target + ": " + view.outcome));
  }

  /**
   * Warns if this process lacks the password; whether the other processes have it cannot be seen
   * from here.
   */
  private void hint(@Nullable String variable) {
    if (variable != null
        && !variable.isEmpty()
        && CommandRun.current().environment().get(variable) == null
        && CommandRun.current().environment().get(variable + "_FILE") == null) {
      spec.commandLine()
          .getErr()
          .printf(
              "%s is not set here. Every router, and whoever runs jobs, needs it (or %1$s_FILE) in the environment.%n",
              variable);
    }
  }

  private static String missing(String name) {
    return "There is no target \"%s\" in PostgreSQL; \"./penstock targets list\" shows them."
        .formatted(name);
  }
}
