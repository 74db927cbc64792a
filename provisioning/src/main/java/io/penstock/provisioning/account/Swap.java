package io.penstock.provisioning.account;

import io.penstock.core.ledger.OffsetDigest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Offsets that a block lacks, and offsets that it has too many. */
record Swap(List<Long> missing, List<Long> surplus) {
  /**
   * Up to two rows that are missing or too many can be told from the digest alone: what is left of
   * it is what they add.
   *
   * @param fewer how many more rows there should be
   * @param rest what their digest should have besides
   * @return null if there are more, so that nobody can tell
   */
  static @Nullable Swap of(long fewer, long rest, long start, long end, Set<Long> distinct) {
    if (fewer == 0 && rest == 0) {
      return new Swap(List.of(), List.of());
    }
    if (fewer == 1) {
      long one = OffsetDigest.unmix(rest);
      return isMissing(one, start, end, distinct) ? new Swap(List.of(one), List.of()) : null;
    }
    if (fewer == -1) {
      long one = OffsetDigest.unmix(-rest);
      return distinct.contains(one) ? new Swap(List.of(), List.of(one)) : null;
    }
    if (fewer == 0) {
      for (long extra : distinct) {
        long one = OffsetDigest.unmix(rest + OffsetDigest.mix(extra));
        if (isMissing(one, start, end, distinct)) {
          return new Swap(List.of(one), List.of(extra));
        }
      }
    }
    if (fewer == 2) {
      for (long one = start; one < end; one++) {
        long other = OffsetDigest.unmix(rest - OffsetDigest.mix(one));
        if (!distinct.contains(one) && other > one && isMissing(other, start, end, distinct)) {
          return new Swap(List.of(one, other), List.of());
        }
      }
    }
    if (fewer == -2) {
      for (long one : distinct) {
        long other = OffsetDigest.unmix(-rest - OffsetDigest.mix(one));
        if (other != one && distinct.contains(other)) {
          return new Swap(List.of(), List.of(one, other));
        }
      }
    }
    return null;
  }

  private static boolean isMissing(long offset, long start, long end, Set<Long> distinct) {
    return offset >= start && offset < end && !distinct.contains(offset);
  }
}
