package io.penstock.bench;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.config.KafkaConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock bench soak}: random faults under load, and a count at the end. */
@Command(
    name = "soak",
    mixinStandardHelpOptions = true,
    description = {
      "Kills, freezes and restarts routers, Kafka, ClickHouse, Redis and PostgreSQL at random under load, creates the",
      "topic anew, moves offsets, fills the disk, drops a column, poisons Redis, and sends records that unfold to 300 MiB;",
      "then checks that every event is stored once, in its client's database, or a dead letter, and that the ledger says so,",
      "as ./penstock account --deep does. The same seed plans the same faults."
    })
@Shows(SoakBench.Soaked.class)
final class SoakBench implements Callable<Integer> {
  @Option(names = "--minutes", defaultValue = "20", description = "How long; default: 20.")
  private int minutes;

  @Option(names = "--seed", description = "Of faults and events; default: a new one, printed.")
  private long seed = System.nanoTime();

  @Option(names = "--rate", defaultValue = "500", description = "Events a second; default: 500.")
  private int rate;

  @Option(names = "--clients", defaultValue = "10", description = "Default: 10.")
  private int clients;

  @Option(names = "--routers", defaultValue = "2", description = "Default: 2.")
  private int routers;

  @Mixin private Output output = new Output();

  /**
   * What became of what was sent.
   *
   * @param faults how many of each
   * @param seed repeats the faults
   */
  record Soaked(
      @JsonUnwrapped SoakAccount account,
      LedgerFigures ledger,
      Map<String, Integer> faults,
      long seed,
      int minutes) {}

  /**
   * What {@code account --deep} says.
   *
   * @param unaccounted offsets of which nobody can say what became of them
   * @param inFlight offsets that routers have not committed, though all is stored
   * @param differences rows that are not as the ledger says
   * @param lettersMissing dead letters that are neither outstanding nor settled
   * @param rowsCompared without those that were read again
   */
  record LedgerFigures(
      long unaccounted, long inFlight, long differences, long lettersMissing, long rowsCompared) {
    boolean adds() {
      return unaccounted == 0
          && inFlight == 0
          && differences == 0
          && lettersMissing == 0
          && rowsCompared > 0;
    }
  }

  /** What became of what was sent, as counted and as the ledger has it. */
  private record Settled(SoakAccount account, LedgerFigures ledger) {}

  @Override
  public Integer call() throws Exception {
    progress("seed " + seed);
    Map<SoakFault, Integer> faults = new EnumMap<>(SoakFault.class);
    Settled settled;
    try (BenchStack stack = new BenchStack(SoakBench::progress)) {
      List<BenchStack.BenchClient> all = stack.createClients(clients);
      List<SoakRouter> running = new ArrayList<>();
      try {
        for (int i = 0; i < routers; i++) {
          Path log = Home.find().resolve(".penstock").resolve("soak-router-" + i + ".log");
          running.add(new SoakRouter(stack.properties(), log));
        }
        KafkaConfig kafka = stack.config().kafka();
        SoakRecords records = new SoakRecords(SoakOperator.topicId(kafka));
        Soak soak;
        try (SoakLoad load = new SoakLoad(kafka, all, rate, seed, records)) {
          soak = new Soak(stack, running, all, records, load);
          inject(soak, faults);
        }
        settled = settle(soak);
      } finally {
        running.forEach(SoakRouter::close);
      }
    }
    report(settled, faults);
    return settled.account.adds() && settled.ledger.adds() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void inject(Soak soak, Map<SoakFault, Integer> faults) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    long end = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
    while (true) {
      SoakFault.Step step = SoakFault.next(random, routers);
      Thread.sleep(step.pauseMillis());
      if (System.nanoTime() - end >= 0) {
        return;
      }
      progress("%,10d sent; %s".formatted(soak.records().sent(), step));
      step.fault().inject(step, soak);
      faults.merge(step.fault(), 1, Integer::sum);
      int ended = soak.ensureRunning();
      if (ended > 0) {
        progress(
            "            %d routers had ended by themselves and were started again"
                .formatted(ended));
      }
    }
  }

  /**
   * Waits until all adds up, and then a little longer: nothing may come twice after that either.
   */
  private Settled settle(Soak soak) throws Exception {
    progress("faults are over; waiting until everything sent is stored or a dead letter");
    var _ = soak.awaitAccount();
    LedgerFigures ledger = soak.awaitLedger();
    for (SoakRouter router : soak.routers()) {
      router.stop();
    }
    return new Settled(soak.account(), ledger);
  }

  private void report(Settled settled, Map<SoakFault, Integer> faults) {
    Map<String, Integer> byLabel = new LinkedHashMap<>();
    faults.forEach((fault, times) -> byLabel.put(fault.label(), times));
    var _ =
        output.show(
            new Soaked(settled.account, settled.ledger, byLabel, seed, minutes),
            out -> print(out, settled, faults));
  }

  private void print(PrintWriter out, Settled settled, Map<SoakFault, Integer> faults) {
    Table table = new Table("fault", "times");
    faults.forEach((fault, times) -> table.row(fault.label(), times));
    table.print(out);
    SoakAccount account = settled.account;
    out.printf(
        "%n%,d sent = %,d stored + %,d dead letters; lost %,d, duplicated %,d, in another client's database or of no record %,d; twice for moved offsets %,d; seed %d%n",
        account.sent(),
        account.stored(),
        account.deadLetters(),
        account.lost(),
        account.duplicated(),
        account.astray(),
        account.readAgain(),
        seed);
    LedgerFigures ledger = settled.ledger;
    out.printf(
        "account --deep: unaccounted: %,d; in flight: %,d; rows compared: %,d; not as the ledger says: %,d; dead letters missing: %,d%n",
        ledger.unaccounted,
        ledger.inFlight,
        ledger.rowsCompared,
        ledger.differences,
        ledger.lettersMissing);
  }

  private static void progress(String line) {
    System.err.println(line);
  }
}
