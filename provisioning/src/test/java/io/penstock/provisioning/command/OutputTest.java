package io.penstock.provisioning.command;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.config.Secret;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.kafka.Topics;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.client.Announcement;
import io.penstock.provisioning.client.AuditEntry;
import io.penstock.provisioning.client.ChangeOutcome;
import io.penstock.provisioning.client.ClientDetails;
import io.penstock.provisioning.client.ClientList;
import io.penstock.provisioning.client.ClientListStatistics.OfTarget;
import io.penstock.provisioning.client.ClientListStatistics.Stored;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.KeyRing;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.client.ReaderGrant;
import io.penstock.provisioning.doctor.Finding;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.provisioning.doctor.PartReport;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.target.ReaderAccess;
import io.penstock.provisioning.target.TargetReport;
import io.penstock.provisioning.target.TargetRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** What the commands print, for people and for scripts. */
class OutputTest {
  private static final Instant AT = Instant.parse("2026-11-21T10:00:00.123456Z");
  private static final String KEY = "pk_" + "k".repeat(43);
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final Uuid TOPIC = new Uuid(1, 2);
  private static final String[] JSON = {"--output", "json"};

  private static final ClientDetails.Summary ACME =
      new ClientDetails.Summary(
          "acme",
          "Acme \"Ltd\"",
          ClientStatus.ACTIVE,
          "client_acme",
          "default",
          Retention.DEFAULT,
          600,
          AT);

  private static final ClientDetails.Summary GLOBEX =
      new ClientDetails.Summary(
          "globex",
          "Globex",
          ClientStatus.PENDING,
          "client_globex",
          "eu",
          new Retention(30, Retention.From.ARRIVAL),
          null,
          AT);

  private static final ClientDetails DETAILS =
      new ClientDetails(
          ACME,
          AT.plusSeconds(60),
          null,
          List.of(
              new ClientDetails.Key("01234567", "first", AT, null, null),
              new ClientDetails.Key("89abcdef", "", AT, AT.plusSeconds(1), AT.plusSeconds(2))),
          List.of(new ClientDetails.Applied("all", 1, "events base", "applied", AT, 12)),
          List.of(new ClientDetails.Audit(AT, "ops@host", "client.created", "key " + KEY)));

  private static final Announcement TOLD = new Announcement(2, List.of(), null, null);
  private static final Announcement UNTOLD =
      new Announcement(
          1,
          List.of(new Announcement.Unconfirmed("penstock-router-1", "/10.0.0.7")),
          AT,
          "1 router knows, 1 may not");

  private static void print(Pins pins, String title, Pins.Printing<String> printing) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    printing.print("", out);
    out.flush();
    pins.pin(title, text.toString());
  }

  @Test
  void clientsAndKeys() throws IOException {
    Pins pins = new Pins();
    List<ClientList.Row> rows =
        List.of(new ClientList.Row(ACME, 1, 2, 3), new ClientList.Row(GLOBEX, 1, 1, null));
    Map<String, OfTarget> statistics =
        Map.of(
            "default",
            new OfTarget(Map.of("client_acme", new Stored(1_234_567, AT, 100)), null),
            "eu",
            new OfTarget(Map.of(), "silent"));
    pins.json(
        "clients list json", json -> new ListCommand().write(json, rows, statistics, Set.of("eu")));
    pins.pin("clients list", new ListCommand(), (list, out) -> list.print(out, rows, statistics));
    pins.pin(
        "clients list --no-statistics",
        new ListCommand(),
        (list, out) -> list.print(out, rows, Map.of()),
        "--no-statistics");
    pins.json("clients show json", json -> ClientPrinter.writeDetails(json, DETAILS));
    print(
        pins,
        "clients show",
        (none, out) -> ClientPrinter.printDetails(out, DETAILS, Integer.MAX_VALUE));
    ClientDetails ending =
        new ClientDetails(GLOBEX, AT, AT.plusSeconds(600), List.of(), List.of(), List.of());
    pins.json("clients show json", json -> ClientPrinter.writeDetails(json, ending));
    print(
        pins,
        "clients show",
        (none, out) -> ClientPrinter.printDetails(out, ending, Integer.MAX_VALUE));
    pins.json("keys list json", json -> ClientPrinter.writeKeys(json, DETAILS, Instant.now()));
    print(
        pins,
        "keys list",
        (none, out) -> ClientPrinter.printKeys(out, DETAILS, Instant.now(), Integer.MAX_VALUE));
    List<AuditEntry> history =
        List.of(
            new AuditEntry(AT, "ops@host", "client.created", "", List.of()),
            new AuditEntry(
                AT,
                "ops@host",
                "client.set",
                "key " + KEY,
                List.of(
                    new AuditEntry.Change("name", "", "\"Acme\""),
                    new AuditEntry.Change("name", "\"Acme\"", "\"Acme 2\""),
                    new AuditEntry.Change("max_events_per_minute", "5", ""))));
    pins.json("clients history json", json -> HistoryPrinter.write(json, history));
    print(pins, "clients history", (none, out) -> HistoryPrinter.print(out, history));
    pins.check(Path.of("src/test/resources/pins/clients.txt"));
  }

  @Test
  void changesOfClients() throws IOException {
    Pins pins = new Pins();
    for (boolean json : new boolean[] {true, false}) {
      String title = json ? "clients suspend json" : "clients suspend";
      for (ChangeOutcome outcome :
          List.of(
              new ChangeOutcome.Changed("acme", "suspended", TOLD),
              new ChangeOutcome.Changed("acme", "suspended", UNTOLD),
              new ChangeOutcome.Unchanged("acme", "it is suspended", TOLD))) {
        print(pins, title, (none, out) -> ChangeResult.print(out, outcome, json));
      }
    }
    TreeMap<YearMonth, Long> gone =
        new TreeMap<>(Map.of(YearMonth.of(2026, 1), 5L, YearMonth.of(2026, 2), 12_345L));
    pins.pin(
        "clients set json",
        new SetCommand(),
        (set, out) -> set.printPreview(out, gone),
        args(JSON, "acme"));
    pins.pin("clients set", new SetCommand(), (set, out) -> set.printPreview(out, gone), "acme");
    for (Announcement announcement : List.of(TOLD, UNTOLD)) {
      KeyRing.NewKey made =
          new KeyRing.NewKey("acme", Secret.of(KEY), ApiKeyHash.ofHex(HASH), 1, announcement);
      pins.pin("keys create json", new KeysCommand(), (keys, out) -> keys.print(made, true));
      pins.pin("keys create", new KeysCommand(), (keys, out) -> keys.print(made, false));
    }
    CreateOutcome.Created created =
        new CreateOutcome.Created(
            new NewClient("Acme", "acme", "client_acme", "default", Retention.DEFAULT, 600, null),
            Secret.of(KEY),
            ApiKeyHash.ofHex(HASH),
            TOLD);
    pins.pin(
        "clients create json", new CreateCommand(), (create, out) -> create.print(created), JSON);
    pins.pin("clients create", new CreateCommand(), (create, out) -> create.print(created));
    CreateOutcome.Created unlimited =
        new CreateOutcome.Created(
            NewClient.of("Acme", "acme"), Secret.of(KEY), ApiKeyHash.ofHex(HASH), TOLD);
    pins.pin(
        "clients create json", new CreateCommand(), (create, out) -> create.print(unlimited), JSON);
    for (ReaderGrant grant :
        List.of(
            new ReaderGrant("acme", "reader_acme", ReaderAccess.Outcome.DONE, Secret.of("pass")),
            new ReaderGrant("acme", "reader_acme", ReaderAccess.Outcome.DONE, null),
            new ReaderGrant(
                "acme", "reader_acme", ReaderAccess.Outcome.NO_ACCESS_MANAGEMENT, null))) {
      pins.pin(
          "clients access json",
          new AccessCommand(),
          (access, out) -> access.print(grant),
          args(JSON, "acme"));
      pins.pin("clients access", new AccessCommand(), (access, out) -> access.print(grant), "acme");
    }
    List<ProvisionOutcome> outcomes =
        List.of(
            new ProvisionOutcome.Provisioned("a", "client_a", 1, 12, TOLD),
            new ProvisionOutcome.Unchanged("b", "active already", true),
            new ProvisionOutcome.Failed("c", "ClickHouse is away"));
    pins.pin(
        "clients provision json",
        new ProvisionCommand(),
        (provision, out) -> provision.summarise(outcomes),
        JSON);
    pins.pin(
        "clients provision",
        new ProvisionCommand(),
        (provision, out) -> provision.summarise(outcomes));
    for (DeprovisionReport report :
        List.of(
            deprovisioned(DeprovisionReport.State.PLANNED, null),
            deprovisioned(DeprovisionReport.State.WAITING, AT),
            deprovisioned(DeprovisionReport.State.DEPROVISIONED, null),
            deprovisioned(DeprovisionReport.State.UNCHANGED, null))) {
      pins.pin(
          "clients deprovision json",
          new DeprovisionCommand(),
          (command, out) -> command.print(report),
          JSON);
      pins.pin(
          "clients deprovision", new DeprovisionCommand(), (command, out) -> command.print(report));
    }
    pins.check(Path.of("src/test/resources/pins/changes.txt"));
  }

  private static String[] args(String[] first, String last) {
    return new String[] {first[0], first[1], last};
  }

  private static DeprovisionReport deprovisioned(
      DeprovisionReport.State state, @org.jspecify.annotations.Nullable Instant until) {
    return new DeprovisionReport(
        "acme",
        state,
        "client_acme",
        "default",
        1_234,
        5_678,
        List.of("/out/2026-01.parquet"),
        2,
        3,
        until == null,
        until,
        List.of("a router has not confirmed"));
  }

  @Test
  void targets() throws IOException {
    Pins pins = new Pins();
    List<TargetRow> rows =
        List.of(
            new TargetRow("default", "http://ch:8123", "default", null, null, null, 3, null, null),
            new TargetRow(
                "eu",
                "https://eu:8443",
                "penstock",
                "PENSTOCK_TARGET_EU_PASSWORD",
                "/ca.pem",
                "eu",
                1,
                null,
                "PENSTOCK_TARGET_EU_PASSWORD is not set"));
    List<TargetReport> reports =
        List.of(
            new TargetReport(
                "default", "http://ch:8123", "25.8.1", 12, -3, 42, List.of(), List.of("a note")),
            new TargetReport(
                "eu", "https://eu:8443", null, 0, 0, -1, List.of("it is away", "too"), List.of()));
    pins.json("targets list json", json -> TargetPrinter.writeList(json, rows, List.of()));
    print(
        pins,
        "targets list",
        (none, out) -> TargetPrinter.printList(out, rows, List.of(), Integer.MAX_VALUE));
    pins.json("targets list --check json", json -> TargetPrinter.writeList(json, rows, reports));
    print(
        pins,
        "targets list --check",
        (none, out) -> TargetPrinter.printList(out, rows, reports, Integer.MAX_VALUE));
    pins.json("targets check json", json -> TargetPrinter.writeReports(json, reports));
    print(
        pins,
        "targets check",
        (none, out) -> reports.forEach(report -> TargetPrinter.printReport(out, report)));
    pins.pin(
        "targets add json",
        new TargetsCommand(),
        (targets, out) -> targets.print("eu", "added", true));
    pins.pin(
        "targets add", new TargetsCommand(), (targets, out) -> targets.print("eu", "added", false));
    pins.check(Path.of("src/test/resources/pins/targets.txt"));
  }

  @Test
  void setupOffsetsAndDoctor() throws IOException {
    Pins pins = new Pins();
    List<Topics.Report> topics =
        List.of(
            new Topics.Report("events", Topics.State.CREATED, List.of(), List.of()),
            new Topics.Report(
                "dead",
                Topics.State.PRESENT,
                List.of("cleanup.policy is delete"),
                List.of(
                    new Topics.Change("cleanup.policy", "delete", "compact"),
                    new Topics.Change("retention.ms", "1", "2"))));
    Setup.Schema schema = new Setup.Schema("4", 1);
    for (String[] args : new String[][] {{}, {"--fix"}, {"--fix", "--confirm"}}) {
      String title = "setup " + String.join(" ", args);
      pins.pin(
          title + " json",
          new SetupCommand(),
          (setup, out) ->
              out.println(
                  io.penstock.core.cli.Json.object(
                      json -> setup.write(json, topics, schema, true))),
          args);
      pins.pin(
          title, new SetupCommand(), (setup, out) -> setup.print(out, topics, schema, false), args);
    }
    List<PartitionOffset> offsets =
        List.of(
            new PartitionOffset(0, TOPIC, 0, 10, null, null),
            new PartitionOffset(1, TOPIC, 5, 10, new CommittedOffset(7, "", 1, TOPIC, 9), null));
    pins.json("offsets json", json -> OffsetsCommand.write(json, offsets.getFirst()));
    pins.json("offsets json", json -> OffsetsCommand.write(json, offsets.getLast()));
    Offsets.Move move = new Offsets.Move(offsets.getLast(), 5);
    for (String[] args :
        new String[][] {
          {"--partition", "1", "--to", "beginning"},
          {"--partition", "1", "--to", "beginning", "--confirm"},
          {"--partition", "1", "--to", "beginning", "--output", "json"}
        }) {
      pins.pin(
          "offsets move " + String.join(" ", args),
          new OffsetsCommand.Move(),
          (command, out) -> command.print(move),
          args);
    }
    List<PartReport> reports =
        List.of(
            new PartReport(
                "kafka",
                12,
                List.of(
                    new Finding(Level.OK, "3 brokers", "", List.of()),
                    new Finding(Level.OK, "2 topics", "", List.of()))),
            new PartReport(
                "clickhouse eu",
                3,
                List.of(
                    new Finding(Level.NOTE, "it is old", "", List.of()),
                    new Finding(
                        Level.WARNING,
                        "tables lack a column",
                        "./penstock migrate repair",
                        IntStream.range(0, 10).mapToObj(i -> "t" + i).toList()),
                    new Finding(
                        Level.ERROR, "a key shows: " + KEY, "revoke " + KEY, List.of("acme")))));
    pins.json("doctor json", json -> DoctorCommand.write(json, Level.ERROR, reports));
    print(
        pins,
        "doctor",
        (none, out) -> {
          reports.forEach(report -> DoctorCommand.print(out, report));
          out.println(DoctorCommand.conclusion(reports));
        });
    pins.check(Path.of("src/test/resources/pins/setup.txt"));
  }
}
