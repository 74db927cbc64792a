package io.penstock.router;

import java.util.Random;

/**
 * Randomness that can be had again: {@code -Dpenstock.fault.seed=N} repeats a run's choices, if not
 * its timing.
 */
final class Seed {
  private Seed() {}

  /** A generator whose seed the scenario's messages tell. */
  static Random of(Scenario scenario) {
    long seed = Long.getLong("penstock.fault.seed", System.nanoTime());
    scenario.about("seed " + seed);
    return new Random(seed);
  }
}
