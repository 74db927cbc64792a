package io.penstock.bench;

import io.penstock.local.count.StoredEvents;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A system under load that is hurt.
 *
 * @param clients as the ledger numbers them
 */
record Soak(
    BenchStack stack,
    List<SoakRouter> routers,
    List<BenchStack.BenchClient> clients,
    SoakLedger ledger,
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
      return SoakAccount.take(ledger, stack.config().kafka(), tables, databases);
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
}
