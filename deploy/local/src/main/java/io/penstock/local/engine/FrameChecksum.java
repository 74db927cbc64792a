package io.penstock.local.engine;

import com.clickhouse.data.ClickHouseCityHash;

/** The checksum of a compressed frame: CityHash128 in its version 1.0.2, as ClickHouse keeps it. */
final class FrameChecksum {
  private FrameChecksum() {}

  /**
   * @return low and high half, in the order in which a frame has them
   */
  // Deprecated together with the old client, but the current client computes its frames with it
  // too.
  @SuppressWarnings("deprecation")
  static long[] of(byte[] bytes, int offset, int length) {
    return ClickHouseCityHash.cityHash128(bytes, offset, length);
  }
}
