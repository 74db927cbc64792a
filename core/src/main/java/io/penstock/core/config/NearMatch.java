package io.penstock.core.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the name that was probably meant. */
public final class NearMatch {
  private static final int MIN_BEGINNING = 3;

  private NearMatch() {}

  /**
   * The candidate with the fewest edits, capitals aside, if no more than a fifth of the name (two
   * letters may be, but not most of it) is wrong; or else the only one that begins like it; or else
   * null.
   */
  public static @Nullable String of(String name, Collection<String> candidates) {
    String best = null;
    String longer = null;
    int begin = 0;
    int bestDistance = Math.min(Math.max(2, name.length() / 5), (name.length() + 1) / 2) + 1;
    String lower = name.toLowerCase(Locale.ROOT);
    for (String candidate : candidates) {
      String other = candidate.toLowerCase(Locale.ROOT);
      int distance = tooFar(lower, other, bestDistance) ? bestDistance : distance(lower, other);
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
      if (other.startsWith(lower)) {
        longer = candidate;
        begin++;
      }
    }
    return best == null && begin == 1 && name.length() >= MIN_BEGINNING ? longer : best;
  }

  /** Whether the lengths alone differ too much, so that a long list is looked through fast. */
  private static boolean tooFar(String a, String b, int bound) {
    return Math.abs(a.length() - b.length()) >= bound;
  }

  /** {@code ; did you mean "acme"?}, or nothing. */
  public static String question(String name, Collection<String> candidates) {
    String near = of(name, candidates);
    return near == null ? "" : "; did you mean \"" + near + "\"?";
  }

  /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int replace = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replace, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
