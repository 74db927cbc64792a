package io.penstock.testkit;

/**
 * How often fault tests do what they do: often enough to find a fault that is there each time, in
 * every build; and many times with {@code -Psoak}, before a release.
 */
public final class Counts {
  private static final boolean SOAK = Boolean.getBoolean("penstock.soak");

  private Counts() {}

  /** One of both. */
  public static int of(int inEachBuild, int beforeARelease) {
    return SOAK ? beforeARelease : inEachBuild;
  }
}
