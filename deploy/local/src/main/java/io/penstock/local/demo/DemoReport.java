package io.penstock.local.demo;

import io.penstock.core.cli.Table;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Shows a demo's result to a person or to a script. */
record DemoReport(Demo.Result result, Duration took) {
  void print(PrintWriter out) {
    Account account = result.account();
    Table clients = new Table("client", "sent", "stored", "dead letters", "duplicated", "lost");
    Account.Row all = account.all();
    Stream.concat(account.rows().stream(), Stream.of(all))
        .forEach(row ->
            clients.row(
                row.client(),
                grouped(row.sent()),
                grouped(row.stored()),
                grouped(row.deadLetters()),
                row.duplicated(),
                row.lost()));
    out.println();
    clients.print(out);
    printDeadLetters(out, account);
    out.printf(
        "%nsent = stored + dead letters: %s (%,d = %,d + %,d), duplicated: %,d%n",
        account.addsUp() ? "yes" : "NO",
        all.sent(),
        all.stored(),
        all.deadLetters(),
        all.duplicated());
    printAirports(out);
    out.flush();
  }

  private static void printDeadLetters(PrintWriter out, Account account) {
    Table table = new Table("dead letters by reason", "sent as such", "found");
    TreeSet<String> reasons = new TreeSet<>(account.expected().keySet());
    reasons.addAll(account.deadLetters().keySet());
    for (String reason : reasons) {
      table.row(
          reason,
          account.expected().getOrDefault(reason, 0L),
          account.deadLetters().getOrDefault(reason, 0L));
    }
    out.println();
    table.print(out);
  }

  private void printAirports(PrintWriter out) {
    DemoClient client = result.clients().getFirst();
    out.printf(
        "%nWhere %s met wildlife most often, read from the database %s:%n%n",
        client.name(), client.database());
    Table airports = new Table("airport", "strikes", "with damage");
    result
        .airports()
        .forEach(airport -> airports.row(airport.name(), airport.strikes(), airport.damaged()));
    airports.print(out);
  }

  private static String grouped(long number) {
    return "%,d".formatted(number);
  }

  /**
   * What became of what was sent.
   *
   * @param sent events
   * @param stored events in the clients' databases, each once
   * @param deadLetters events that are dead letters
   * @param lost events that are neither
   * @param duplicated rows that repeat an event
   * @param clients how many there are
   * @param seconds that it took
   * @param addsUp whether sent = stored + dead letters, and none twice
   * @param deadLettersByReason how many of each
   */
  record View(
      long sent,
      long stored,
      long deadLetters,
      long lost,
      long duplicated,
      int clients,
      double seconds,
      boolean addsUp,
      Map<String, Long> deadLettersByReason) {}

  View view() {
    Account account = result.account();
    Account.Row all = account.all();
    return new View(
        all.sent(),
        all.stored(),
        all.deadLetters(),
        all.lost(),
        all.duplicated(),
        result.clients().size(),
        took.toMillis() / 1000.0,
        account.addsUp(),
        account.deadLetters());
  }
}
