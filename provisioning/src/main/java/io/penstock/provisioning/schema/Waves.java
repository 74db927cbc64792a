package io.penstock.provisioning.schema;

import java.util.ArrayList;
import java.util.List;

/**
 * How a run of migrations spreads over the clients: a wave at a time, and no further wave once too
 * many have failed.
 *
 * @param size clients in each wave; 0: twenty in the first, and in each later one twice as many as
 *     in the one before
 * @param maxFailures the largest share of failures among the clients tried so far, 0 to 1
 */
public record Waves(int size, double maxFailures) {
  /** The size of the first wave: one failure among twenty clients is just the default of 5%. */
  static final int FIRST = 20;

  /** Doubling waves, halted above 5% of failures. */
  public static final Waves DEFAULT = new Waves(0, 0.05);

  /** Checks the bounds. */
  public Waves {
    if (size < 0 || !(maxFailures >= 0 && maxFailures <= 1)) {
      throw new IllegalArgumentException("size " + size + ", maxFailures " + maxFailures);
    }
  }

  /** The items in order, cut into waves. */
  <T> List<List<T>> cut(List<T> items) {
    List<List<T>> waves = new ArrayList<>();
    int next = size > 0 ? size : FIRST;
    for (int begin = 0; begin < items.size(); ) {
      int end = (int) Math.min(items.size(), (long) begin + next);
      waves.add(items.subList(begin, end));
      begin = end;
      next = size > 0 ? size : (int) Math.min(Integer.MAX_VALUE, 2L * next);
    }
    return waves;
  }

  /** Whether no further wave may begin. */
  boolean halt(long failed, long tried) {
    return tried > 0 && (double) failed / tried > maxFailures;
  }
}
