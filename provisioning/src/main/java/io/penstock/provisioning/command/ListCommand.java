package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.NearMatch;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ClientList;
import io.penstock.provisioning.client.ClientListStatistics;
import io.penstock.provisioning.client.ClientListStatistics.OfTarget;
import io.penstock.provisioning.client.ClientListStatistics.Stored;
import io.penstock.provisioning.target.TargetRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = {
      "Lists clients, with what their databases hold.",
      "\"last event\" is the greatest event_time stored; \"rows/day\" is the mean of the last 7 days by event_time."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:done",
      "1:PostgreSQL cannot be asked",
      "2:wrong arguments or configuration",
      "3:a ClickHouse target did not answer; its clients' cells are empty"
    })
final class ListCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(names = "--status", description = "Only clients of this status.")
  private @Nullable String status;

  @Option(names = "--target", description = "Only clients on this ClickHouse target.")
  private @Nullable String target;

  @Option(
      names = "--name",
      paramLabel = "PART",
      description = "Only clients with this in their name or id.")
  private @Nullable String part;

  @Option(
      names = "--no-statistics",
      negatable = false,
      description = "Do not ask ClickHouse: no rows, last event and rows/day.")
  private boolean withoutStatistics;

  @Override
  public Integer call() {
    ClientList.Filter filter = new ClientList.Filter(status(), target, part);
    return job.run(app -> {
      List<ClientList.Row> clients = app.clientList(filter);
      if (clients.isEmpty()) {
        requireTarget(app);
      }
      Map<String, OfTarget> statistics =
          withoutStatistics
              ? Map.of()
              : ClientListStatistics.read(app.targets(), clients, PATIENCE);
      Set<String> silent = new TreeSet<>();
      statistics.forEach((name, said) -> {
        if (said.problem() != null) {
          silent.add(name);
          spec.commandLine().getErr().println("ClickHouse target " + name + ": " + said.problem());
        }
      });
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(Json.object(json -> write(json, clients, statistics, silent)));
      } else {
        print(out, clients, statistics);
      }
      out.flush();
      return silent.isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
    });
  }

  private void requireTarget(ProvisioningApp app) throws SQLException {
    if (target == null) {
      return;
    }
    List<String> names =
        app.targetRegistry().list(System.getenv()).stream().map(TargetRow::name).toList();
    if (!names.contains(target)) {
      throw CommandFailure.usage(
          "--target: there is no target \"" + target + "\"" + NearMatch.question(target, names));
    }
  }

  private @Nullable ClientStatus status() {
    try {
      return status == null ? null : ClientStatus.of(status.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(
          "--status takes pending, active, suspended, deprovisioning or deprovisioned, not \""
              + status
              + "\".");
    }
  }

  void print(PrintWriter out, List<ClientList.Row> clients, Map<String, OfTarget> statistics) {
    Table table =
        withoutStatistics
            ? new Table(
                "client_id",
                "name",
                "status",
                "database",
                "target",
                "retention days",
                "keys",
                "schema",
                "created")
            : new Table(
                "client_id",
                "name",
                "status",
                "database",
                "target",
                "retention days",
                "keys",
                "schema",
                "created",
                "rows",
                "rows/day",
                "last event");
    for (ClientList.Row client : clients) {
      ClientRow summary = client.summary();
      Object[] cells = {
        summary.clientId(),
        summary.name(),
        summary.status().text(),
        summary.database(),
        summary.target(),
        summary.retention().days(),
        client.validKeys() + "/" + client.keys(),
        client.schemaVersion() == null ? "" : client.schemaVersion(),
        ClientPrinter.shown(summary.createdAt())
      };
      if (!withoutStatistics) {
        Stored stored = stored(client, statistics);
        cells = Arrays.copyOf(cells, cells.length + 3);
        cells[cells.length - 3] = stored == null ? "" : "%,d".formatted(stored.rows());
        cells[cells.length - 2] = stored == null ? "" : perDay(stored);
        cells[cells.length - 1] = stored == null ? "" : ClientPrinter.shown(stored.lastEvent());
      }
      table.row(cells);
    }
    table.whole("client_id").print(out, output.columns());
  }

  /** Null where nothing is known: the target did not answer, or there is no database (any more). */
  private static @Nullable Stored stored(ClientList.Row client, Map<String, OfTarget> statistics) {
    OfTarget target = statistics.get(client.summary().target());
    if (target == null || target.problem() != null) {
      return null;
    }
    Stored known = target.byDatabase().get(client.summary().database());
    boolean hasTable =
        client.summary().status() != ClientStatus.PENDING
            && client.summary().status() != ClientStatus.DEPROVISIONED;
    return known != null || !hasTable ? known : new Stored(0, null, 0);
  }

  private static String perDay(Stored stored) {
    double rows = stored.rowsPerDay();
    return rows > 0 && rows < 10 ? "%.1f".formatted(rows) : "%,d".formatted(Math.round(rows));
  }

  void write(
      JsonGenerator json,
      List<ClientList.Row> clients,
      Map<String, OfTarget> statistics,
      Set<String> silent)
      throws IOException {
    json.writeArrayFieldStart("clients");
    for (ClientList.Row client : clients) {
      json.writeStartObject();
      ClientPrinter.writeSummary(json, client.summary());
      json.writeNumberField("validKeys", client.validKeys());
      json.writeNumberField("keys", client.keys());
      if (client.schemaVersion() != null) {
        json.writeNumberField("schemaVersion", client.schemaVersion());
      }
      Stored stored = stored(client, statistics);
      if (stored != null) {
        json.writeNumberField("rows", stored.rows());
        json.writeNumberField("rowsPerDay", stored.rowsPerDay());
        ClientPrinter.writeTime(json, "lastEvent", stored.lastEvent());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("silentTargets");
    for (String name : silent) {
      json.writeString(name);
    }
    json.writeEndArray();
  }
}
