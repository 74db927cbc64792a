package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.NearMatch;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ClientList;
import io.penstock.provisioning.client.ClientListStatistics;
import io.penstock.provisioning.client.ClientListStatistics.OfTarget;
import io.penstock.provisioning.client.ClientListStatistics.Stored;
import io.penstock.provisioning.target.TargetRow;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock clients list}. */
@Command(
    name = "list",
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
@Shows(ListCommand.Clients.class)
final class ListCommand extends ReadCommand {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

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

  /**
   * What is listed.
   *
   * @param clients by id
   * @param silentTargets ClickHouse targets that did not answer
   */
  record Clients(List<Line> clients, Set<String> silentTargets) {
    static Clients of(
        List<ClientList.Row> clients, Map<String, OfTarget> statistics, Set<String> silent) {
      return new Clients(
          clients.stream().map(client -> Line.of(client, stored(client, statistics))).toList(),
          silent);
    }
  }

  /**
   * A client.
   *
   * @param validKeys neither expired nor revoked
   * @param keys all that it ever had
   * @param schemaVersion the newest migration that its database has; null: none
   * @param stored null where nothing is known: the target did not answer, or there is no database
   *     (any more)
   */
  record Line(
      @JsonUnwrapped ClientView client,
      int validKeys,
      int keys,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer schemaVersion,
      @JsonUnwrapped @Nullable Stored stored) {
    static Line of(ClientList.Row row, @Nullable Stored stored) {
      return new Line(
          ClientView.of(row.summary()), row.validKeys(), row.keys(), row.schemaVersion(), stored);
    }
  }

  private static @Nullable Stored stored(ClientList.Row client, Map<String, OfTarget> statistics) {
    OfTarget target = statistics.get(client.summary().target());
    if (target == null || target.problem() != null) {
      return null;
    }
    Stored known = target.byDatabase().get(client.summary().database());
    boolean hasTable =
        client.summary().status() != ClientStatus.PENDING
            && client.summary().status() != ClientStatus.DEPROVISIONED;
    return known != null || !hasTable ? known : new Stored(0, 0, null);
  }

  @Override
  public Integer call() {
    ClientList.Filter filter = new ClientList.Filter(status(), target, part);
    return job.run(app -> {
      List<ClientList.Row> clients = ClientList.read(app.tools().metadata(), filter);
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
          output.err().println("ClickHouse target " + name + ": " + said.problem());
        }
      });
      var _ = show(Clients.of(clients, statistics, silent));
      return silent.isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
    });
  }

  private void requireTarget(ProvisioningApp app) throws SQLException {
    if (target == null) {
      return;
    }
    List<String> names =
        app.targetRegistry().list(CommandRun.current().environment()).stream()
            .map(TargetRow::target)
            .toList();
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

  int show(Clients view) {
    List<String> headers =
        new ArrayList<>(
            List.of(
                "client_id",
                "name",
                "status",
                "database",
                "target",
                "retention days",
                "keys",
                "schema",
                "created"));
    if (!withoutStatistics) {
      headers.addAll(List.of("rows", "rows/day", "last event"));
    }
    Table table = new Table(headers.toArray(String[]::new)).whole("client_id");
    view.clients.forEach(line -> table.row(cells(line).limit(headers.size()).toArray()));
    return output.show(view, _ -> output.print(table));
  }

  private static Stream<Object> cells(Line line) {
    ClientView client = line.client;
    Stored stored = line.stored;
    return Stream.of(
        client.clientId(),
        client.name(),
        client.status().text(),
        client.database(),
        client.target(),
        client.retentionDays(),
        line.validKeys + "/" + line.keys,
        line.schemaVersion == null ? "" : line.schemaVersion,
        ClientPrinter.shown(client.createdAt()),
        stored == null ? "" : "%,d".formatted(stored.rows()),
        stored == null ? "" : perDay(stored.rowsPerDay()),
        stored == null ? "" : ClientPrinter.shown(stored.lastEvent()));
  }

  private static String perDay(double rows) {
    return rows > 0 && rows < 10 ? "%.1f".formatted(rows) : "%,d".formatted(Math.round(rows));
  }
}
