package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.provisioning.account.Account;
import io.penstock.provisioning.account.Covered;
import io.penstock.provisioning.account.Difference;
import io.penstock.provisioning.account.Gap;
import io.penstock.provisioning.account.LedgerTable;
import io.penstock.provisioning.account.Letters;
import io.penstock.provisioning.account.Span;
import io.penstock.provisioning.target.ClickHouseServer;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock account}. */
@Command(
    name = "account",
    mixinStandardHelpOptions = true,
    description = {
      "Says of every offset that routers have committed what became of it: stored, dead letter, not delivered, lost, or unaccounted for.",
      "Exit codes: 0 all is accounted for and nothing is lost; 1 something is unaccounted for; 3 something is lost, or not all of the ledger could be asked."
    })
@Shows(AccountCommand.Accounted.class)
public final class AccountCommand extends ReadCommand {
  @Option(names = "--topic", paramLabel = "NAME", description = "Default: the events topic.")
  private @Nullable String topic;

  @Option(names = "--partition", paramLabel = "N", description = "Default: all.")
  private @Nullable Integer partition;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Blocks with a record from then on, by the broker's time: 2026-11-27T10:00:00Z.")
  private @Nullable String since;

  @Option(names = "--until", paramLabel = "TIME", description = "Blocks with a record before then.")
  private @Nullable String until;

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Say also what this client has: rows by table, dead letters by reason.")
  private @Nullable String client;

  @Option(
      names = "--deep",
      description =
          "Do not believe the ledger: compare it with the rows that stand in clients' tables, and with the dead-letter topic.")
  private boolean deep;

  /**
   * The account.
   *
   * @param topic whose offsets
   * @param unaccounted offsets of which nobody can say what became of them
   * @param lost offsets whose records are in no table and no dead letter, and that is known
   * @param inFlight offsets that routers could read and have not committed
   * @param waiting entries of the ledger that are not in its table yet
   * @param partitions those that have entries
   * @param ranges of which somebody should know
   * @param client its share; empty if none was asked for
   * @param notes what else somebody should know, a sentence each
   * @param deep with {@code --deep}: what tables and letters say
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Accounted(
      String topic,
      long unaccounted,
      long lost,
      long inFlight,
      long waiting,
      List<Covered> partitions,
      List<Gap> ranges,
      List<LedgerTable.Share> client,
      List<String> notes,
      Account.@Nullable Deep deep) {}

  private static Account account(ConfigReader reader) {
    KafkaConfig kafka = KafkaConfig.from(reader);
    String ledger = kafka.ledgerTopic();
    if (ledger == null) {
      reader.problem(
          "%s is off: without a ledger nobody can account for offsets"
              .formatted(ConfigKeys.LEDGER_KEPT.name()));
      ledger = "";
    }
    return new Account(
        kafka,
        ledger,
        reader.get(ConfigKeys.ROUTER_APPLICATION_ID),
        new ClickHouseServer(ClickHouseConfig.from(reader)),
        reader.get(ConfigKeys.LEDGER_DATABASE));
  }

  @Override
  public Integer call() {
    Instant from = time("--since", since);
    Instant to = time("--until", until);
    if (from != null && to != null && !from.isBefore(to)) {
      throw CommandFailure.usage("--since must lie before --until");
    }
    return job.run(
        AccountCommand::account,
        (app, account) -> {
          String name = topic == null ? account.eventsTopic() : topic;
          Span span = new Span(name, partition, from, to);
          Account.Found found = account.look(span, client);
          return show(
              name,
              found,
              deep ? account.lookDeep(found, span, app.clients(), app.targets()) : null);
        });
  }

  private static @Nullable Instant time(String option, @Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw CommandFailure.usage(
          "%s \"%s\" is no time such as 2026-11-27T10:00:00Z".formatted(option, text));
    }
  }

  int show(String name, Account.Found found, Account.@Nullable Deep compared) {
    Accounted view =
        new Accounted(
            name,
            found.unaccounted(),
            found.lost(),
            found.inFlight(),
            found.waiting(),
            found.partitions(),
            found.gaps(),
            found.share(),
            found.notes(),
            compared);
    int _ = output.show(view, out -> print(out, view));
    boolean differs =
        compared != null && (compared.unexplained() > 0 || compared.letters().missing() > 0);
    if (view.unaccounted > 0 || differs) {
      return ExitCode.FAILED;
    }
    boolean isPartly = compared != null && (compared.untold() > 0 || !compared.notes().isEmpty());
    return view.lost > 0 || view.waiting > 0 || isPartly ? ExitCode.PARTLY : ExitCode.DONE;
  }

  private void print(PrintWriter out, Accounted view) {
    Table table =
        new Table(
            "topic id",
            "partition",
            "from",
            "to",
            "stored",
            "dead letters",
            "not delivered",
            "lost",
            "unaccounted");
    for (Covered one : view.partitions) {
      table.row(
          one.topicId(),
          one.partition(),
          one.from(),
          one.to(),
          one.stored(),
          one.deadLetters(),
          one.notDelivered(),
          one.lost(),
          one.unaccounted());
    }
    output.print(table);
    if (client != null) {
      Table share = new Table("of " + client, "in, or why", "count");
      view.client.forEach(line -> share.row(line.what(), line.detail(), line.count()));
      output.print(share);
    }
    print(out, view, view.ranges);
    view.notes.forEach(note -> out.println("note: " + note));
    if (view.waiting > 0) {
      out.println(
          "%,d entries of the ledger are not in its table yet, so this is not all: routers put them there; see penstock_ledger_failing_seconds"
              .formatted(view.waiting));
    }
    Account.Deep tables = view.deep;
    if (tables != null) {
      print(out, view, tables);
    }
    out.println(
        "unaccounted: %,d; lost: %,d; in flight: %,d"
            .formatted(view.unaccounted, view.lost, view.inFlight));
  }

  private static void print(PrintWriter out, Accounted view, Account.Deep tables) {
    for (Difference one : tables.differences()) {
      String place =
          one.offset() == null
              ? "%s-%d %d to %d".formatted(view.topic, one.partition(), one.from(), one.to())
              : "%s-%d-%d".formatted(view.topic, one.partition(), one.offset());
      out.println(
          "%s, client %s: %s: %s"
              .formatted(
                  place,
                  one.client(),
                  one.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  one.what()));
    }
    Letters letters = tables.letters();
    print(out, view, letters.ranges());
    print(out, view, tables.readAgain());
    tables.explained().forEach(out::println);
    tables.notes().forEach(note -> out.println("note: " + note));
    out.println(
        "rows compared: %,d; not as the ledger says: %,d; cannot be told: %,d; over, by their clients' retention: %,d"
            .formatted(
                tables.rowsCompared(),
                tables.unexplained(),
                tables.untold(),
                tables.rowsExpired()));
    out.println(
        "dead letters: %,d; outstanding: %,d; replayed: %,d; discarded: %,d; settled too long ago to be told: %,d; missing: %,d"
            .formatted(
                letters.counted(),
                letters.outstanding(),
                letters.replayed(),
                letters.discarded(),
                letters.forgotten(),
                letters.missing()));
  }

  private static void print(PrintWriter out, Accounted view, List<Gap> ranges) {
    for (Gap gap : ranges) {
      out.println(
          "%s-%d %d to %d: %s"
              .formatted(view.topic, gap.partition(), gap.from(), gap.to(), gap.what()));
    }
  }
}
