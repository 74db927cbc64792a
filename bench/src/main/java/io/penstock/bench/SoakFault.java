package io.penstock.bench;

import io.penstock.local.Part;
import io.penstock.local.PartKind;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;

/** What is done to a running system, each for a bounded time, after which all is well again. */
enum SoakFault {
  ROUTER_KILL,
  ROUTER_RESTART,
  ROUTER_FREEZE,
  CLICKHOUSE_KILL,
  CLICKHOUSE_FREEZE,
  KAFKA_KILL,
  REDIS_KILL,
  POSTGRES_KILL;

  /** Longer than {@code session.timeout.ms}: some frozen routers become zombies. */
  private static final long MAX_MILLIS = 15_000;

  private static final long MAX_PAUSE_MILLIS = 10_000;

  /**
   * One fault of a plan.
   *
   * @param pauseMillis before it
   * @param lastsMillis until it is undone
   * @param router which router it is for, if it is for one
   */
  record Step(SoakFault fault, long pauseMillis, long lastsMillis, int router) {
    @Override
    public String toString() {
      return "%s for %.1f s".formatted(fault.label(), lastsMillis / 1e3);
    }
  }

  /** The name in reports. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The next step; the same for the same state of {@code random}, whatever has happened. */
  static Step next(SplittableRandom random, int routers) {
    SoakFault fault = values()[random.nextInt(values().length)];
    LongUnaryOperator upTo = bound -> 500 + random.nextLong(bound - 500);
    return new Step(
        fault,
        upTo.applyAsLong(MAX_PAUSE_MILLIS),
        upTo.applyAsLong(MAX_MILLIS),
        random.nextInt(routers));
  }

  /** Injects the fault, waits, and undoes it. */
  void inject(Step step, BenchStack stack, List<SoakRouter> routers)
      throws IOException, InterruptedException {
    SoakRouter router = routers.get(step.router());
    switch (this) {
      case ROUTER_KILL -> {
        router.kill();
        Thread.sleep(step.lastsMillis());
        router.ensureRunning();
      }
      case ROUTER_RESTART -> {
        router.stop();
        router.ensureRunning();
      }
      case ROUTER_FREEZE -> {
        router.freeze();
        Thread.sleep(step.lastsMillis());
        router.thaw();
      }
      case CLICKHOUSE_FREEZE -> {
        Part part = stack.parts().clickHouse();
        part.freeze();
        Thread.sleep(step.lastsMillis());
        part.thaw();
      }
      case CLICKHOUSE_KILL -> kill(stack, PartKind.CLICKHOUSE, step);
      case KAFKA_KILL -> kill(stack, PartKind.KAFKA, step);
      case REDIS_KILL -> kill(stack, PartKind.REDIS, step);
      case POSTGRES_KILL -> kill(stack, PartKind.POSTGRES, step);
    }
  }

  private static void kill(BenchStack stack, PartKind kind, Step step) throws InterruptedException {
    Part part = stack.parts().part(kind);
    part.kill();
    Thread.sleep(step.lastsMillis());
    part.restart();
  }
}
