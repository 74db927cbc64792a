package io.penstock.router.sink;

import io.penstock.core.client.ClientMetadata;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Encoded rows of one client from one Kafka partition, in the order of their offsets, waiting to be
 * inserted. The memory is kept from block to block. Not thread-safe; while an insert reads a range
 * of rows, no row is added.
 */
public final class TableRows {
  private ClientMetadata client;
  private byte[] data = new byte[4096];
  private long[] offsets = new long[16];
  private int[] ends = new int[16];
  private int count;
  private int size;
  private long oldestMillis;
  private long newestMillis;

  public TableRows(ClientMetadata client) {
    this.client = client;
  }

  /** The client whose rows these are, as known when the latest row came. */
  public ClientMetadata client() {
    return client;
  }

  /** Takes over what is known of the client now. */
  public void client(ClientMetadata newest) {
    client = newest;
  }

  /** How many rows there are. */
  public int count() {
    return count;
  }

  /** The encoded size of all rows, in bytes. */
  public int size() {
    return size;
  }

  /** The Kafka offset of a row. */
  public long offset(int row) {
    return offsets[row];
  }

  /** When the broker accepted the first of the rows, in epoch milliseconds. */
  public long oldestMillis() {
    return oldestMillis;
  }

  /** Where a row's bytes end; they start where those of the row before end. */
  int end(int row) {
    return row < 0 ? 0 : ends[row];
  }

  /** How many of the rows have an offset below {@code end}. */
  public int countBelow(long end) {
    if (count == 0 || offsets[count - 1] < end) {
      return count;
    }
    int found = Arrays.binarySearch(offsets, 0, count, end);
    return found < 0 ? -found - 1 : found;
  }

  /** Writes the rows {@code [from, to)}. */
  void writeTo(OutputStream out, int from, int to) throws IOException {
    int start = end(from - 1);
    out.write(data, start, end(to - 1) - start);
  }

  /** Drops the first {@code rows} rows: they are durable. */
  public void dropFirst(int rows) {
    int dropped = end(rows - 1);
    System.arraycopy(data, dropped, data, 0, size - dropped);
    System.arraycopy(offsets, rows, offsets, 0, count - rows);
    for (int row = rows; row < count; row++) {
      ends[row - rows] = ends[row] - dropped;
    }
    size -= dropped;
    count -= rows;
    oldestMillis = newestMillis; // Rows remain only after a replay; their exact time is not kept.
  }

  /** Makes room for a row of at most {@code bytes}; the caller then writes from {@link #size}. */
  byte[] reserve(int bytes) {
    if (data.length - size < bytes) {
      long doubled = Math.min(2L * data.length, Integer.MAX_VALUE - 8);
      data = Arrays.copyOf(data, (int) Math.max(doubled, Math.addExact(size, bytes)));
    }
    return data;
  }

  /** Takes the bytes up to {@code end}, written after {@link #reserve}, for a row. */
  void commit(int end, long offset, long timestampMillis) {
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
    }
    offsets[count] = offset;
    if (count == 0) {
      oldestMillis = timestampMillis;
    }
    newestMillis = timestampMillis;
    ends[count] = end;
    count++;
    size = end;
  }
}
