package io.penstock.provisioning.command;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.config.Secret;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.account.Account;
import io.penstock.provisioning.account.Covered;
import io.penstock.provisioning.account.Difference;
import io.penstock.provisioning.account.Gap;
import io.penstock.provisioning.account.LedgerTable;
import io.penstock.provisioning.account.Letters;
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
import io.penstock.provisioning.job.Job;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.target.ReaderAccess;
import io.penstock.provisioning.target.TargetReport;
import io.penstock.provisioning.target.TargetRow;
import io.penstock.provisioning.top.Overviews;
import io.penstock.provisioning.topic.Topics;
import io.penstock.testkit.Pins;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the commands print, for people and for scripts. */
class OutputTest {
  private static final Instant AT = Instant.parse("2026-11-21T10:00:00.123456Z");
  private static final String KEY = "pk_" + "k".repeat(43);
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final Uuid TOPIC = new Uuid(1, 2);

  private static final ClientRow ACME =
      new ClientRow(
          "acme",
          "Acme \"Ltd\"",
          ClientStatus.ACTIVE,
          "client_acme",
          "default",
          Retention.DEFAULT,
          600,
          AT,
          AT.plusSeconds(60),
          AT,
          null,
          null);

  private static final ClientRow GLOBEX =
      new ClientRow(
          "globex",
          "Globex",
          ClientStatus.PENDING,
          "client_globex",
          "eu",
          new Retention(30, Retention.From.ARRIVAL),
          null,
          AT,
          AT,
          null,
          AT.plusSeconds(600),
          null);

  private static final ClientDetails DETAILS =
      new ClientDetails(
          ACME,
          List.of(),
          List.of(
              new ClientDetails.Key("01234567", "valid", "first", AT, null, null),
              new ClientDetails.Key(
                  "89abcdef", "revoked", "", AT, AT.plusSeconds(1), AT.plusSeconds(2))),
          List.of(new ClientDetails.Applied("all", 1, "events base", "applied", AT, 12)),
          List.of(new ClientDetails.Audit(AT, "ops@host", "client.created", "key " + KEY)));

  private static final Announcement TOLD = new Announcement(2, List.of(), null, null);
  private static final Announcement UNTOLD =
      new Announcement(
          1,
          List.of(new Announcement.Unconfirmed("penstock-router-1", "/10.0.0.7")),
          AT,
          "1 router knows, 1 may not");

  @Test
  void clientsAndKeys() throws IOException {
    Pins pins = new Pins();
    List<ClientList.Row> rows =
        List.of(new ClientList.Row(ACME, 1, 2, 3), new ClientList.Row(GLOBEX, 1, 1, null));
    Map<String, OfTarget> statistics =
        Map.of(
            "default",
            new OfTarget(Map.of("client_acme", new Stored(1_234_567, 100 / 7.0, AT)), null),
            "eu",
            new OfTarget(Map.of(), "silent"));
    ListCommand.Clients clients = ListCommand.Clients.of(rows, statistics, Set.of("eu"));
    pins.pin("clients list", ListCommand::new, list -> list.show(clients));
    pins.pin(
        "clients list --no-statistics",
        ListCommand::new,
        list -> list.show(ListCommand.Clients.of(rows, Map.of(), Set.of())),
        "--no-statistics");
    Job.Seen open =
        new Job.Seen(job("drain", Map.of("recordsLeft", 7L), null, "key " + KEY), false);
    ClientDetails ending =
        new ClientDetails(GLOBEX, List.of(open), List.of(), List.of(), List.of());
    for (ClientDetails details : List.of(DETAILS, ending)) {
      pins.pin("clients show", ShowCommand::new, show -> show.show(details), "acme");
    }
    KeysCommand.Keys keys = new KeysCommand.Keys(DETAILS.keys());
    pins.pin("keys list", output -> KeysCommand.show(output, keys));
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
    pins.pin(
        "clients history",
        HistoryCommand::new,
        command -> command.show(new HistoryCommand.History(history)),
        "acme");
    JobsCommand.Shown jobs =
        new JobsCommand.Shown(
            List.of(
                open,
                new Job.Seen(job("grace", Map.of(), null, null), false),
                new Job.Seen(job("export", Map.of(), null, null), true),
                new Job.Seen(job("grace", Map.of(), Job.Outcome.TAKEN_BACK, null), false),
                new Job.Seen(
                    job(
                        "close",
                        new TreeMap<>(Map.of("events", 1_234L, "keysRevoked", 2L)),
                        Job.Outcome.DONE,
                        null),
                    false)));
    pins.pin(
        "clients jobs --all --wide",
        JobsCommand::new,
        command -> command.show(jobs),
        "--all",
        "--wide");
    pins.check(Path.of("src/test/resources/pins/clients.txt"));
  }

  private static Job job(
      String step,
      Map<String, Long> progress,
      Job.@Nullable Outcome outcome,
      @Nullable String error) {
    return new Job(
        1,
        Job.Kind.DEPROVISION,
        "acme",
        "ops@host",
        step,
        progress,
        outcome == Job.Outcome.DONE ? List.of("/out/2026-01.parquet") : List.of(),
        outcome,
        error,
        AT,
        AT.plusSeconds(60),
        outcome == null ? null : AT.plusSeconds(60));
  }

  @Test
  void changesOfClients() throws IOException {
    Pins pins = new Pins();
    for (ChangeOutcome outcome :
        List.of(
            new ChangeOutcome.Changed("acme", "suspended", TOLD),
            new ChangeOutcome.Changed("acme", "suspended", UNTOLD),
            new ChangeOutcome.Unchanged("acme", "it is suspended", TOLD))) {
      pins.pin("clients suspend", output -> ChangeView.show(output, outcome));
    }
    TreeMap<YearMonth, Long> gone =
        new TreeMap<>(Map.of(YearMonth.of(2026, 1), 5L, YearMonth.of(2026, 2), 12_345L));
    pins.pin("clients set", SetCommand::new, set -> set.showForecast(gone), "acme");
    for (Announcement announcement : List.of(TOLD, UNTOLD)) {
      KeyRing.NewKey made =
          new KeyRing.NewKey("acme", Secret.of(KEY), ApiKeyHash.ofHex(HASH), 1, announcement);
      pins.pin("keys create", output -> KeysCommand.show(output, made));
    }
    CreateOutcome.Created created =
        new CreateOutcome.Created(
            new NewClient("Acme", "acme", "client_acme", "default", Retention.DEFAULT, 600, null),
            Secret.of(KEY),
            ApiKeyHash.ofHex(HASH),
            TOLD);
    pins.pin("clients create", CreateCommand::new, create -> create.show(created));
    CreateOutcome.Created unlimited =
        new CreateOutcome.Created(
            new NewClient("Acme", "acme", "client_acme", "default", Retention.DEFAULT, null, null),
            Secret.of(KEY),
            ApiKeyHash.ofHex(HASH),
            TOLD);
    pins.pin("clients create", CreateCommand::new, create -> create.show(unlimited));
    for (ReaderGrant grant :
        List.of(
            new ReaderGrant("acme", "reader_acme", ReaderAccess.Outcome.DONE, Secret.of("pass")),
            new ReaderGrant("acme", "reader_acme", ReaderAccess.Outcome.DONE, null),
            new ReaderGrant(
                "acme", "reader_acme", ReaderAccess.Outcome.NO_ACCESS_MANAGEMENT, null))) {
      pins.pin("clients access", AccessCommand::new, access -> access.show(grant), "acme");
    }
    List<ProvisionOutcome> outcomes =
        List.of(
            new ProvisionOutcome.Provisioned("a", "client_a", 1, 12, TOLD),
            new ProvisionOutcome.Unchanged("b", "active already", true),
            new ProvisionOutcome.Failed("c", "ClickHouse is away"));
    pins.pin("clients provision", ProvisionCommand::new, command -> command.summarise(outcomes));
    for (DeprovisionReport report :
        List.of(
            deprovisioned(DeprovisionReport.State.FORECAST, null),
            deprovisioned(DeprovisionReport.State.WAITING, AT),
            deprovisioned(DeprovisionReport.State.DEPROVISIONED, null),
            deprovisioned(DeprovisionReport.State.UNCHANGED, null))) {
      pins.pin(
          "clients deprovision",
          output -> output.show(report, out -> DeprovisionCommand.print(out, report)));
    }
    pins.check(Path.of("src/test/resources/pins/changes.txt"));
  }

  private static DeprovisionReport deprovisioned(
      DeprovisionReport.State state, @Nullable Instant until) {
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
            new TargetRow(
                "default", "http://ch:8123", "default", null, null, null, 3, true, null, null),
            new TargetRow(
                "eu",
                "https://eu:8443",
                "penstock",
                "PENSTOCK_TARGET_EU_PASSWORD",
                "/ca.pem",
                "eu",
                1,
                false,
                "PENSTOCK_TARGET_EU_PASSWORD is not set",
                null));
    List<TargetReport> reports =
        List.of(
            new TargetReport(
                "default", "http://ch:8123", "25.8.1", 12, -3, 42, List.of(), List.of("a note")),
            new TargetReport(
                "eu", "https://eu:8443", null, 0, 0, -1, List.of("it is away", "too"), List.of()));
    pins.pin("targets list", output -> TargetPrinter.showList(output, rows, List.of()));
    pins.pin("targets list --check", output -> TargetPrinter.showList(output, rows, reports));
    pins.pin("targets check", output -> TargetPrinter.showReports(output, reports));
    TargetsCommand.Changed added = new TargetsCommand.Changed("eu", "added");
    pins.pin("targets add", output -> TargetsCommand.show(output, added));
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
      pins.pin(
          "setup " + String.join(" ", args),
          SetupCommand::new,
          setup -> setup.show(topics, schema, null, args.length < 2),
          args);
    }
    List<PartitionOffset> offsets =
        List.of(
            new PartitionOffset(0, TOPIC, 0, 10, null, null),
            new PartitionOffset(
                1,
                TOPIC,
                5,
                10,
                CommittedOffset.parse(new OffsetAndMetadata(7, "|1:" + TOPIC + ":9")),
                null));
    pins.pin("offsets show", OffsetsCommand.Show::new, show -> show.show(offsets));
    Offsets.Move move = new Offsets.Move(offsets.getLast(), 5);
    String[] to = {"--partition", "1", "--to", "beginning"};
    pins.pin("offsets move", OffsetsCommand.Move::new, command -> command.show(move), to);
    String[] confirmed = {"--partition", "1", "--to", "beginning", "--confirm"};
    pins.pin(
        "offsets move --confirm",
        OffsetsCommand.Move::new,
        command -> command.show(move),
        confirmed);
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
    pins.pin(
        "doctor", DoctorCommand::new, doctor -> doctor.show(DoctorCommand.Examined.of(reports)));
    pins.check(Path.of("src/test/resources/pins/setup.txt"));
  }

  @Test
  void accounts() throws IOException {
    Covered zero = new Covered(TOPIC.toString(), 0, 0, 1_300, 1_200, 60, 10, 20, 0, 0, 10, 0, 26);
    Covered one = new Covered(TOPIC.toString(), 1, 5, 905, 900, 0, 0, 0, 0, 0, 0, 0, 9);
    Gap gap =
        new Gap(TOPIC.toString(), 0, 700, 710, "no entry: nobody can say what became of them");
    Account.Found found =
        new Account.Found(
            List.of(zero, one),
            List.of(gap),
            List.of(
                new LedgerTable.Share("stored", "events_base", 700),
                new LedgerTable.Share("dead letter", "MALFORMED_JSON", 3)),
            4,
            17,
            List.of("partition 2: the ledger says nothing of it"));
    Account.Deep deep =
        new Account.Deep(
            2_000,
            100,
            List.of(
                difference(null, 12, Difference.Kind.EXPIRED, "its client's retention was over"),
                difference(77L, 1, Difference.Kind.TWICE, "its row is there twice")),
            new Letters(
                60,
                50,
                5,
                3,
                1,
                1,
                List.of(new Gap(TOPIC.toString(), 0, 42, 43, "its dead letter was ended"))),
            List.of(new Gap(TOPIC.toString(), 1, 100, 200, "read again")),
            List.of("client old: 9 rows went with its database"),
            List.of("client acme: its table cannot be asked"));
    Pins pins = new Pins();
    pins.pin(
        "account --client acme",
        AccountCommand::new,
        account -> account.show("events", found, null),
        "--client",
        "acme");
    pins.pin(
        "account --deep",
        AccountCommand::new,
        account -> account.show("events", found, deep),
        "--deep");
    pins.check(Path.of("src/test/resources/pins/account.txt"));
  }

  private static Difference difference(
      @Nullable Long offset, long rows, Difference.Kind kind, String what) {
    return new Difference("acme", TOPIC.toString(), 0, 50, 100, offset, rows, kind, what);
  }

  @Test
  void top() throws IOException {
    Pins pins = new Pins();
    pins.pin("top", TopCommand::new, top -> top.show(Overviews.busy(3)), "--once");
    pins.pin("top, idle", TopCommand::new, top -> top.show(Overviews.idle()), "--once");
    pins.check(Path.of("src/test/resources/pins/top.txt"));
  }
}
