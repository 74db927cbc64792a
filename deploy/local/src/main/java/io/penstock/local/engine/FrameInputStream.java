package io.penstock.local.engine;

import com.github.luben.zstd.Zstd;
import io.penstock.core.clickhouse.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;

/**
 * Reads ClickHouse's own framing of compressed data: {@linkplain Frame frames} of any method. A
 * damaged or cut frame is an error, never an end.
 */
final class FrameInputStream extends InputStream {
  static final byte ZSTD = (byte) 0x90;
  static final byte NONE = 0x02;

  /** Frames of clients hold 1 MiB at most; the server's own limit is 1 GiB. */
  private static final int MAX_FRAME_BYTES = 64 << 20;

  private final InputStream in;
  private final LZ4SafeDecompressor lz4 = LZ4Factory.fastestInstance().safeDecompressor();
  private byte[] frame = new byte[0];
  private byte[] data = new byte[0];
  private int position;
  private int limit;

  FrameInputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    return position < limit || nextFrame() ? data[position++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == limit && !nextFrame()) {
      return -1;
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(data, position, target, offset, count);
    position += count;
    return count;
  }

  private boolean nextFrame() throws IOException {
    do {
      int overhead = Frame.CHECKSUM_BYTES + Frame.HEADER_BYTES;
      frame = grown(frame, overhead);
      int got = in.readNBytes(frame, 0, overhead);
      if (got == 0) {
        return false;
      }
      if (got < overhead) {
        throw new EOFException("the compressed data ends inside of a frame's header");
      }
      ByteBuffer header = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
      byte method = frame[Frame.CHECKSUM_BYTES];
      int compressed = header.getInt(Frame.CHECKSUM_BYTES + 1);
      int size = header.getInt(Frame.CHECKSUM_BYTES + 5);
      if (compressed < Frame.HEADER_BYTES
          || compressed > MAX_FRAME_BYTES
          || size < 0
          || size > MAX_FRAME_BYTES) {
        throw new IOException("the compressed data is damaged: frame of impossible size");
      }
      frame = grown(frame, Frame.CHECKSUM_BYTES + compressed);
      int rest = compressed - Frame.HEADER_BYTES;
      if (in.readNBytes(frame, overhead, rest) < rest) {
        throw new EOFException("the compressed data ends inside of a frame");
      }
      long[] expected = Frame.checksum(frame, Frame.CHECKSUM_BYTES, compressed);
      ByteBuffer checksum = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
      if (expected[0] != checksum.getLong(0) || expected[1] != checksum.getLong(8)) {
        throw new IOException("the compressed data is damaged: checksum doesn't match");
      }
      data = grown(data, size);
      position = 0;
      limit = decompress(method, overhead, rest, size);
    } while (limit == 0);
    return true;
  }

  private int decompress(byte method, int from, int length, int size) throws IOException {
    try {
      int produced =
          switch (method) {
            case Frame.LZ4 -> lz4.decompress(frame, from, length, data, 0, size);
            case ZSTD ->
                Math.toIntExact(Zstd.decompressByteArray(data, 0, size, frame, from, length));
            case NONE -> {
              System.arraycopy(frame, from, data, 0, Math.min(length, size));
              yield length;
            }
            default ->
                throw new IOException(
                    "unknown compression method " + (method & 0xff) + " in frame");
          };
      if (produced != size) {
        throw new IOException("the compressed data is damaged: frame of another size");
      }
      return size;
    } catch (LZ4Exception | com.github.luben.zstd.ZstdException damaged) {
      throw new IOException("the compressed data is damaged: " + damaged.getMessage(), damaged);
    }
  }

  private static byte[] grown(byte @Nullable [] array, int size) {
    if (array != null && array.length >= size) {
      return array;
    }
    byte[] larger = new byte[Math.max(size, 1 << 16)];
    if (array != null) {
      System.arraycopy(array, 0, larger, 0, array.length);
    }
    return larger;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
