package io.penstock.core.kafka;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Bounds the unpacked size of a batch without unpacking it: by the largest ratio of each format,
 * and for zstd, which has none, by the sizes that its frames tell.
 */
final class Unpacked {
  /** A copy of 64 bytes takes 3; with room for the chunks' headers. */
  private static final int SNAPPY = 32;

  /** Each further byte of a match's length adds 255. */
  private static final int LZ4 = 256;

  /** Deflate makes at most 1,032 bytes of one. */
  private static final int GZIP = 1040;

  private static final int ZSTD_FRAME = 0xfd2fb528;
  private static final int ZSTD_SKIPPED = 0x184d2a50;
  private static final int ZSTD_BLOCK = 128 << 10;

  private Unpacked() {}

  /** The bound in bytes; {@link Long#MAX_VALUE} if there is none. */
  static long atMost(DefaultRecordBatch batch) {
    long size = batch.sizeInBytes();
    return switch (batch.compressionType()) {
      case NONE -> size;
      case SNAPPY -> SNAPPY * size;
      case LZ4 -> LZ4 * size;
      case GZIP -> GZIP * size;
      case ZSTD -> zstd(frames(batch));
    };
  }

  private static ByteBuffer frames(RecordBatch batch) {
    ByteBuffer copy = ByteBuffer.allocate(batch.sizeInBytes());
    batch.writeTo(copy);
    return copy.flip().position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD).slice();
  }

  /** RFC 8878: frames of blocks, each of which tells its size, or unpacks to 128 KiB at most. */
  static long zstd(ByteBuffer frames) {
    frames.order(ByteOrder.LITTLE_ENDIAN);
    long most = 0;
    try {
      while (frames.remaining() >= Integer.BYTES) {
        int magic = frames.getInt();
        if ((magic & ~0xf) == ZSTD_SKIPPED) {
          skip(frames, frames.getInt());
        } else if (magic == ZSTD_FRAME) {
          most += frame(frames);
        } else {
          return Long.MAX_VALUE;
        }
      }
    } catch (IllegalArgumentException | BufferUnderflowException broken) {
      return Long.MAX_VALUE;
    }
    return most;
  }

  private static long frame(ByteBuffer in) {
    int descriptor = in.get() & 0xff;
    boolean oneSegment = (descriptor & 0x20) != 0;
    boolean checksum = (descriptor & 0x04) != 0;
    int dictionary = new int[] {0, 1, 2, 4}[descriptor & 3];
    int contentSize = new int[] {oneSegment ? 1 : 0, 2, 4, 8}[descriptor >> 6];
    skip(in, (oneSegment ? 0 : 1) + dictionary + contentSize);
    long most = 0;
    boolean last = false;
    while (!last) {
      int block = (in.get() & 0xff) | (in.get() & 0xff) << 8 | (in.get() & 0xff) << 16;
      last = (block & 1) != 0;
      int size = block >> 3;
      switch ((block >> 1) & 3) {
        case 0 -> { // as it is
          most += size;
          skip(in, size);
        }
        case 1 -> { // one byte, so many times
          most += size;
          skip(in, 1);
        }
        default -> {
          most += ZSTD_BLOCK;
          skip(in, size);
        }
      }
    }
    skip(in, checksum ? Integer.BYTES : 0);
    return most;
  }

  private static void skip(ByteBuffer in, int bytes) {
    in.position(Math.addExact(in.position(), bytes));
  }
}
