package io.penstock.bench;

import io.penstock.local.Part;
import io.penstock.local.PartKind;
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
  POSTGRES_KILL,
  TOPIC_RECREATED,
  OFFSETS_MOVED,
  DISK_FULL,
  COLUMN_DROPPED,
  REDIS_POISONED,
  BOMB;

  /** Longer than {@code session.timeout.ms}: some frozen routers become zombies. */
  private static final long MAX_MILLIS = 15_000;

  private static final long MAX_PAUSE_MILLIS = 10_000;

  /**
   * One fault of a plan.
   *
   * @param pauseMillis before it
   * @param lastsMillis until it is undone
   * @param router which router it is for, if it is for one
   * @param dice what else it chooses by
   */
  record Step(
      SoakFault fault, long pauseMillis, long lastsMillis, int router, SplittableRandom dice) {
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
        random.nextInt(routers),
        random.split());
  }

  /**
   * Injects the fault, waits, and undoes it.
   *
   * @throws Exception if it cannot be done, or what undoes it fails
   */
  void inject(Step step, Soak soak) throws Exception {
    BenchStack stack = soak.stack();
    SoakRouter router = soak.routers().get(step.router());
    SoakOperator operator = new SoakOperator(soak);
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
      case TOPIC_RECREATED -> operator.recreateTopic();
      case OFFSETS_MOVED -> operator.moveOffsets(step.dice());
      case DISK_FULL -> operator.fillDisk(step.lastsMillis());
      case COLUMN_DROPPED ->
          operator.dropColumn(step.dice().nextInt(soak.clients().size()), step.lastsMillis());
      case REDIS_POISONED -> operator.poisonRedis(router, step.lastsMillis());
      case BOMB -> operator.sendBomb(step.dice().nextInt(soak.clients().size()));
    }
  }

  private static void kill(BenchStack stack, PartKind kind, Step step) throws InterruptedException {
    Part part = stack.parts().part(kind);
    part.kill();
    Thread.sleep(step.lastsMillis());
    part.restart();
  }
}
