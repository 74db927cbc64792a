package io.penstock.core.ledger;

/**
 * A digest of a set of offsets that does not depend on their order, and that ClickHouse computes as
 * well: the sum, modulo 2^64, of {@link #mix} of each. Two sets that differ by one offset differ,
 * and others but for one case in 2^64; nobody who wants them to agree is kept from it.
 */
public final class OffsetDigest {
  private static final long SALT = 0x4cf2d2baae6da887L;

  private OffsetDigest() {}

  /** What one offset adds: ClickHouse's {@code intHash64}. */
  public static long mix(long offset) {
    // ClickHouse's src/Functions/FunctionsHashing.h, IntHash64Impl
    long x = offset ^ SALT;
    x ^= x >>> 33;
    x *= 0xff51afd7ed558ccdL;
    x ^= x >>> 33;
    x *= 0xc4ceb9fe1a85ec53L;
    x ^= x >>> 33;
    return x;
  }

  /** The offset that adds this: where one alone is missing, it can be told. */
  public static long unmix(long mixed) {
    // Each step of mix backwards: a shift by 33 is its own inverse, the factors have inverses.
    long x = mixed;
    x ^= x >>> 33;
    x *= 0x9cb4b2f8129337dbL;
    x ^= x >>> 33;
    x *= 0x4f74430c22a54005L;
    x ^= x >>> 33;
    return x ^ SALT;
  }

  /** The same as an aggregate in ClickHouse's SQL, a UInt64. */
  public static String sql(String column) {
    return "sumWithOverflow(intHash64(" + column + "))";
  }
}
