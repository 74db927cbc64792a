package io.penstock.bench;

import io.penstock.local.count.StoredEvents;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.account.Account;
import io.penstock.provisioning.account.Difference;
import io.penstock.provisioning.account.Span;
import io.penstock.router.RouterConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A system under load that is hurt.
 *
 * @param clients as the records number them
 */
record Soak(
    BenchStack stack,
    List<SoakRouter> routers,
    List<BenchStack.BenchClient> clients,
    SoakRecords records,
    SoakLoad load) {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long LOOK_MILLIS = 2_000;

  /** Starts routers that have ended by themselves; returns how many. */
  int ensureRunning() throws IOException {
    int ended = 0;
    for (SoakRouter router : routers) {
      ended += router.ensureRunning() ? 1 : 0;
    }
    return ended;
  }

  SoakAccount account() {
    List<String> databases = clients.stream().map(BenchStack.BenchClient::database).toList();
    try (StoredEvents tables = new StoredEvents(stack.config().clickHouse())) {
      return SoakAccount.take(records, stack.config().kafka(), tables, databases);
    }
  }

  /** Waits until nothing is missing, for five minutes at most; returns what there is then. */
  SoakAccount awaitAccount() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    SoakAccount account = account();
    while (account.lost() > 0 && System.nanoTime() - deadline < 0) {
      Thread.sleep(LOOK_MILLIS);
      var _ = ensureRunning();
      account = account();
    }
    return account;
  }

  /**
   * Waits until routers have committed all, and the ledger's table has it, for five minutes at
   * most; then compares it with tables and dead letters.
   */
  SoakBench.LedgerFigures awaitLedger() throws Exception {
    RouterConfig config = stack.config();
    Account account =
        Account.of(
            config.kafka(), config.applicationId(), config.clickHouse(), config.ledgerDatabase());
    Span all = new Span(account.eventsTopic(), null, null, null);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Account.Found found = account.look(all, null);
    while (found.inFlight() + found.waiting() > 0 && System.nanoTime() - deadline < 0) {
      Thread.sleep(LOOK_MILLIS);
      var _ = ensureRunning();
      found = account.look(all, null);
    }
    try (ProvisioningApp app = stack.provisioning()) {
      Account.Deep deep = account.lookDeep(found, all, app.clients(), app.targets());
      for (Difference difference : deep.differences()) {
        System.err.println(difference);
      }
      return new SoakBench.LedgerFigures(
          found.unaccounted(),
          found.inFlight() + found.waiting(),
          deep.unexplained() + deep.untold(),
          deep.letters().missing(),
          deep.rowsCompared());
    }
  }
}
