package io.penstock.provisioning.top;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A histogram.
 *
 * @param upTo how many observations there are up to each bound; the last bound is infinite
 */
record Buckets(NavigableMap<Double, Double> upTo) {
  Buckets {
    upTo = new TreeMap<>(upTo);
  }

  /** How many observations there are. */
  double count() {
    return upTo.isEmpty() ? 0 : upTo.lastEntry().getValue();
  }

  /**
   * A quantile, as if the observations of a bucket were spread evenly over it; the largest finite
   * bound if it is above that. Null: there is no observation.
   */
  @Nullable Double quantile(double share) {
    double wanted = share * count();
    double below = 0;
    double from = 0;
    if (count() <= 0) {
      return null;
    }
    for (Map.Entry<Double, Double> bucket : upTo.entrySet()) {
      double bound = bucket.getKey();
      if (Double.isInfinite(bound)) {
        break;
      }
      if (bucket.getValue() >= wanted) {
        return from + (bound - from) * (wanted - below) / (bucket.getValue() - below);
      }
      below = bucket.getValue();
      from = bound;
    }
    return from;
  }
}
