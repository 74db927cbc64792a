package io.penstock.core.event;

import java.util.Random;

/** Runs a property on many seeds. */
final class Seeds {
  /** Set to the seed of a failure to repeat just that one. */
  private static final String PROPERTY = "penstock.test.seed";

  private Seeds() {}

  interface Property {
    void holdsFor(Random random) throws Exception;
  }

  static void check(int runs, Property property) {
    String only = System.getProperty(PROPERTY);
    long first = only == null ? System.nanoTime() : Long.parseLong(only);
    for (long seed = first; seed < first + (only == null ? runs : 1); seed++) {
      try {
        property.holdsFor(new Random(seed));
      } catch (Exception | AssertionError failure) {
        throw new AssertionError(
            "seed " + seed + " (repeat with -D" + PROPERTY + "=" + seed + "): " + failure, failure);
      }
    }
  }
}
