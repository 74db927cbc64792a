package io.penstock.dlq.forecast;

import io.penstock.core.rows.RowSink;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Encoded rows of one client, one after the other in one array. Not thread-safe. */
final class TrialRows implements RowSink {
  private static final byte[] NO_BYTES = {};
  private static final int[] NO_ENDS = {};
  private static final int FIRST_BYTES = 4 << 10;
  private static final int FIRST_ROWS = 16;

  private byte[] bytes = NO_BYTES;
  private int[] ends = NO_ENDS;
  private int count;

  @Override
  public byte[] reserve(int size) {
    int needed = Math.addExact(end(), size);
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, Math.max(FIRST_BYTES, 2 * bytes.length)));
    }
    return bytes;
  }

  @Override
  public int reservedAt() {
    return end();
  }

  @Override
  public void commit(byte[] reserved, int size) {
    int end = end() + size;
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, Math.max(FIRST_ROWS, 2 * count));
    }
    ends[count++] = end;
  }

  int count() {
    return count;
  }

  /** Where the last row ends: the size of all, in bytes. */
  int end() {
    return count == 0 ? 0 : ends[count - 1];
  }

  /** The memory that they take, in bytes. */
  long memory() {
    return bytes.length + (long) Integer.BYTES * ends.length;
  }

  /** Writes rows, each without so many bytes at its end. */
  void writeTo(OutputStream out, int from, int to, int bytesLess) throws IOException {
    for (int row = from; row < to; row++) {
      int start = row == 0 ? 0 : ends[row - 1];
      out.write(bytes, start, ends[row] - start - bytesLess);
    }
  }

  /** Forgets the rows and keeps the memory. */
  void clear() {
    count = 0;
  }

  /** Forgets the rows and gives the memory back. */
  void release() {
    count = 0;
    bytes = NO_BYTES;
    ends = NO_ENDS;
  }
}
