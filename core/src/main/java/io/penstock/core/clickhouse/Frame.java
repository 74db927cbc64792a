package io.penstock.core.clickhouse;

import com.clickhouse.data.ClickHouseCityHash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * A frame of ClickHouse's own framing of compressed data: a CityHash128 of 16 bytes over the rest,
 * a method byte, the size of what follows the hash, the size of the data, and the data compressed
 * (ClickHouse's src/Compression/CompressedReadBufferBase.cpp). Frames that follow one another are
 * one text. Thread-safe.
 */
public final class Frame {
  /** Of the hash. */
  public static final int CHECKSUM_BYTES = 16;

  /** Of the method and the two sizes. */
  public static final int HEADER_BYTES = 9;

  /** The method byte of LZ4. */
  public static final byte LZ4 = (byte) 0x82;

  private static final int OVERHEAD_BYTES = CHECKSUM_BYTES + HEADER_BYTES;
  private static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.fastestInstance().safeDecompressor();

  private Frame() {}

  /** How long the frame of so many bytes can get. */
  public static int maxBytes(int bytes) {
    return OVERHEAD_BYTES + COMPRESSOR.maxCompressedLength(bytes);
  }

  /**
   * Writes the frame of {@code data[0, length)} to the beginning of {@code frame}, which must have
   * {@link #maxBytes}.
   *
   * @return the frame's length
   */
  public static int compress(byte[] data, int length, byte[] frame) {
    int compressed = HEADER_BYTES + COMPRESSOR.compress(data, 0, length, frame, OVERHEAD_BYTES);
    ByteBuffer header = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    header.put(CHECKSUM_BYTES, LZ4);
    header.putInt(CHECKSUM_BYTES + 1, compressed);
    header.putInt(CHECKSUM_BYTES + 5, length);
    long[] checksum = checksum(frame, CHECKSUM_BYTES, compressed);
    header.putLong(0, checksum[0]);
    header.putLong(Long.BYTES, checksum[1]);
    return CHECKSUM_BYTES + compressed;
  }

  /** The data of a whole frame that {@link #compress} wrote. */
  public static byte[] decompress(byte[] frame) {
    int size = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN).getInt(CHECKSUM_BYTES + 5);
    byte[] data = new byte[size];
    int produced =
        DECOMPRESSOR.decompress(
            frame, OVERHEAD_BYTES, frame.length - OVERHEAD_BYTES, data, 0, size);
    return produced == size ? data : Arrays.copyOf(data, produced);
  }

  /**
   * The checksum of a frame, CityHash128 in its version 1.0.2 as ClickHouse keeps it: low and high
   * half, in the order in which a frame has them.
   */
  // Deprecated together with the old client, but the current client computes its frames with it.
  @SuppressWarnings("deprecation")
  public static long[] checksum(byte[] bytes, int offset, int length) {
    return ClickHouseCityHash.cityHash128(bytes, offset, length);
  }
}
