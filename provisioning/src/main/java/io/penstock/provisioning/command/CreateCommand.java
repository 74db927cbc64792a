package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.LineProblems;
import io.penstock.core.cli.Shows;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ClientFile;
import io.penstock.provisioning.client.ClientRegistry;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock clients create}. */
@Command(
    name = "create",
    description = {
      "Creates a pending client and prints its API key, this once; or many from a file.",
      "A file has a client on each line: CSV with a header, or NDJSON, with the fields name, id,"
          + " database, target, retention_days, retention_from, max_events_per_minute, expires; only name is needed."
    })
@Shows(CreateCommand.NewClientView.class)
final class CreateCommand extends JobCommand {
  @Option(names = "--name", description = "For people; unique.")
  private @Nullable String name;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "A file of clients, .csv or .ndjson. Those that are there already are left.")
  private @Nullable Path file;

  @Option(names = "--id", description = "What events say; default: made from the name.")
  private @Nullable String id;

  @Option(names = "--database", description = "In ClickHouse; default: client_ and the id.")
  private @Nullable String database;

  @Option(names = "--target", description = "Which ClickHouse; default: ${DEFAULT-VALUE}.")
  private String target = ClickHouseConfig.TARGET;

  @Mixin private RetentionOptions retention = new RetentionOptions();

  @Option(
      names = "--max-events-per-minute",
      paramLabel = "N",
      description = "Events beyond it, per minute and partition, become dead letters.")
  private @Nullable Integer maxEventsPerMinute;

  @Option(
      names = "--expires",
      paramLabel = "TIME",
      description = "When the key ends, from now: 12h, 90d; default: never.")
  private @Nullable String expires;

  /** A client that was created, and its first key. */
  record NewClientView(
      String clientId,
      String name,
      ClientStatus status,
      String database,
      String target,
      int retentionDays,
      Retention.From retentionFrom,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer maxEventsPerMinute,
      String apiKey,
      String apiKeyHash) {
    static NewClientView of(CreateOutcome.Created created) {
      NewClient client = created.client();
      return new NewClientView(
          Objects.requireNonNull(client.id()),
          client.name(),
          ClientStatus.PENDING,
          Objects.requireNonNull(client.database()),
          client.target(),
          client.retention().days(),
          client.retention().from(),
          client.maxEventsPerMinute(),
          created.apiKey().reveal(),
          created.apiKeyHash().toHex());
    }
  }

  @Override
  public Integer call() {
    if ((name == null) == (file == null)) {
      throw CommandFailure.usage("Give either --name, or --from with a file of clients.");
    }
    if (name != null) {
      String clientName = name;
      return job.run(app -> createOne(app, clientName));
    }
    Path source = Objects.requireNonNull(file);
    ClientFile clients = read(source);
    return job.run(app -> createAll(app, source, clients));
  }

  private int createOne(ProvisioningApp app, String clientName) throws SQLException, StepFailed {
    requireTarget(app, target);
    NewClient client =
        new NewClient(
            clientName,
            id,
            database,
            target,
            retention.retention(),
            maxEventsPerMinute,
            JobOptions.duration("--expires", expires));
    CreateOutcome outcome;
    try {
      outcome = app.registry().create(client);
    } catch (SQLException e) {
      throw CommandFailure.failed(
          "PostgreSQL: %s. If %s is there all the same (./penstock clients list --name), its key was never shown: make one with ./penstock keys rotate."
              .formatted(StepFailed.firstLine(e), clientName),
          e);
    }
    return switch (outcome) {
      case CreateOutcome.Created created -> {
        show(created);
        yield ChangeView.exitCode(created.announcement());
      }
      case CreateOutcome.Taken(String message) -> throw CommandFailure.usage(message);
      case CreateOutcome.Invalid(List<String> problems) ->
          throw problems.size() == 1
              ? CommandFailure.usage(problems.getFirst())
              : CommandFailure.usage("Nothing was created").problems(problems);
    };
  }

  private static void requireTarget(ProvisioningApp app, String target) throws SQLException {
    try {
      var _ = app.targets().get(target);
    } catch (StepFailed e) {
      throw CommandFailure.usage(e.reason());
    }
  }

  /** Creates the clients of a file; none while any line of it is wrong. */
  private int createAll(ProvisioningApp app, Path source, ClientFile clients) throws SQLException {
    LineProblems problems = clients.problems();
    ClickHouseTargets targets = app.targets();
    for (ClientFile.Line line : clients.lines()) {
      try {
        var _ = targets.get(line.client().target());
      } catch (StepFailed e) {
        problems.add(line.number(), e.reason());
      }
    }
    if (!problems.isEmpty()) {
      throw CommandFailure.usage(source + ": nothing was created").problems(problems.sentences());
    }
    ClientRegistry registry = app.registry();
    int created = 0;
    int present = 0;
    List<String> failures = new ArrayList<>();
    Set<String> warnings = new LinkedHashSet<>();
    PrintWriter out = output.out();
    for (ClientFile.Line line : clients.lines()) {
      if (CommandRun.current().interrupted()) {
        failures.forEach(output.err()::println);
        throw interrupted(line, created, present);
      }
      switch (create(registry, line, created, present)) {
        case CreateOutcome.Created done -> {
          created++;
          // One object a line whatever the output: the keys are shown this once, for a script.
          out.println(Json.withSecrets(NewClientView.of(done)));
          out.flush();
          String warning = done.announcement().warning();
          if (warning != null) {
            warnings.add(warning);
          }
        }
        case CreateOutcome.Taken(String message) -> {
          if (registry.exists(line.client())) {
            present++;
          } else {
            failures.add("line " + line.number() + ": " + message);
          }
        }
        case CreateOutcome.Invalid(List<String> wrong) ->
            failures.add("line " + line.number() + ": " + String.join(" ", wrong));
      }
    }
    failures.forEach(output.err()::println);
    warnings.forEach(output.err()::println);
    String summary =
        "%d created, %d there already, %d failed".formatted(created, present, failures.size());
    output.err().println(summary);
    return failures.isEmpty() && !warnings.isEmpty()
        ? ExitCode.PARTLY
        : ExitCode.of(failures.size(), clients.lines().size());
  }

  private static CommandFailure interrupted(ClientFile.Line next, int created, int present) {
    String message =
        "Interrupted before line %d: %d created, %d there already"
            .formatted(next.number(), created, present);
    return CommandFailure.ended(created > 0, message, null)
        .remedy("run it again: those that are there already are left");
  }

  /**
   * Creates one client. If PostgreSQL did not answer the commit, the client may be there, and its
   * key was never shown.
   */
  private static CreateOutcome create(
      ClientRegistry registry, ClientFile.Line line, int created, int present) throws SQLException {
    try {
      return registry.create(line.client());
    } catch (SQLException e) {
      String message =
          "Stopped at line %d: PostgreSQL: %s. Of the lines before it %d were created and %d were there already. Run it again: it goes on there. If line %1$d is \"there already\" then, its key was never shown: make one with ./penstock keys rotate."
              .formatted(line.number(), StepFailed.firstLine(e), created, present);
      throw CommandFailure.ended(created > 0, message, e);
    }
  }

  private static ClientFile read(Path source) {
    try {
      return ClientFile.read(source);
    } catch (IOException e) {
      throw CommandFailure.usage("--from " + source + " cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--from " + source + ": " + e.getMessage());
    }
  }

  void show(CreateOutcome.Created created) {
    String warning = created.announcement().warning();
    if (warning != null) {
      output.err().println(warning);
    }
    NewClientView view = NewClientView.of(created);
    var _ =
        output.showSecret(
            view,
            out -> {
              out.println("client_id:    " + view.clientId);
              out.println("database:     " + view.database + " on " + view.target);
              ClientPrinter.printKey(out, view.apiKey, view.apiKeyHash);
              out.println();
              out.println(
                  "The key is not shown again. The client is pending; next: ./penstock clients provision");
            });
  }
}
