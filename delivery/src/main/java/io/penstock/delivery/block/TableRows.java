package io.penstock.delivery.block;

import io.penstock.core.clickhouse.RowEncoder;
import io.penstock.core.clickhouse.RowSink;
import io.penstock.core.client.ClientMetadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Encoded rows of one client from one Kafka partition, in the order of their offsets, waiting to be
 * inserted. Not thread-safe; while an insert reads a range of rows, no row is added.
 */
public final class TableRows implements RowSink {
  private static final int PIECE = RowMemory.PIECE_BYTES;

  /** In the place of a time: there is no such row. */
  public static final long NONE = Long.MIN_VALUE;

  private final RowMemory memory;
  private final ArrayList<byte[]> pieces = new ArrayList<>();
  private ClientMetadata client;
  private long[] offsets = new long[16];

  /** Where each row ends, counted in bytes from the start of the first piece. */
  private long[] ends = new long[16];

  /** The size of each row's record in Kafka. */
  private int[] recordBytes = new int[16];

  private int count;

  /** Where the first row starts, and where the next will. */
  private long start;

  private long end;

  /** Whether what was reserved last is no piece. */
  private boolean apart;

  private final Ages first = new Ages();
  private final Ages replayed = new Ages();

  /** When rows' records were appended to the events topic. */
  private static final class Ages {
    long oldestMillis = NONE;
    long newestMillis = NONE;

    void add(long appendedMillis) {
      oldestMillis = oldestMillis == NONE ? appendedMillis : oldestMillis;
      newestMillis = appendedMillis;
    }

    /** Rows remain only after a block that was repeated; their exact times are not kept. */
    void forgetOldest(boolean all) {
      newestMillis = all ? NONE : newestMillis;
      oldestMillis = newestMillis;
    }
  }

  /**
   * @param memory what the rows are kept in; taken as they come and given back as they are dropped
   */
  public TableRows(ClientMetadata client, RowMemory memory) {
    this.client = client;
    this.memory = memory;
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

  /** The memory that the rows take, in bytes; a little more than they have. */
  public long bytes() {
    return (long) pieces.size() * PIECE;
  }

  /** The Kafka offset of a row. */
  public long offset(int row) {
    return offsets[row];
  }

  /**
   * When the oldest record of the rows was appended to the events topic, in epoch milliseconds.
   *
   * @param ofReplays of the rows that replays brought, or of the others
   * @return {@link #NONE} if there are none of these
   */
  public long oldestMillis(boolean ofReplays) {
    return (ofReplays ? replayed : first).oldestMillis;
  }

  /**
   * Notes how the row came that was committed last.
   *
   * @param appendedMillis the timestamp of its record, in the order of these
   */
  public void arrived(long appendedMillis, boolean byReplay) {
    (byReplay ? replayed : first).add(appendedMillis);
  }

  /** The encoded size of a row, in bytes. */
  int size(int row) {
    return (int) (startOf(row + 1) - startOf(row));
  }

  /** The size of the value of a row's record in Kafka, in bytes. */
  int recordBytes(int row) {
    return recordBytes[row];
  }

  /** The row of the record at this offset; negative if there is none. */
  public int at(long offset) {
    return Arrays.binarySearch(offsets, 0, count, offset);
  }

  /** Whether a row is of the event with this id, as it is encoded. */
  public boolean isOfEvent(int row, byte[] eventId) {
    long at = startOf(row);
    for (int i = 0; i < RowEncoder.EVENT_ID_BYTES; i++) {
      if (pieces.get((int) ((at + i) / PIECE))[(int) ((at + i) % PIECE)] != eventId[i]) {
        return false;
      }
    }
    return true;
  }

  private long startOf(int row) {
    return row == 0 ? start : ends[row - 1];
  }

  /** How many of the rows have an offset below {@code bound}. */
  public int countBelow(long bound) {
    if (count == 0 || offsets[count - 1] < bound) {
      return count;
    }
    int found = Arrays.binarySearch(offsets, 0, count, bound);
    return found < 0 ? -found - 1 : found;
  }

  /** The row of the record at this offset, as encoded. */
  public byte[] rowAt(long offset) {
    int row = at(offset);
    if (row < 0) {
      throw new IllegalStateException("there is no row of the offset " + offset);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(size(row));
    try {
      write(bytes, startOf(row), startOf(row + 1));
    } catch (IOException never) {
      throw new UncheckedIOException(never);
    }
    return bytes.toByteArray();
  }

  /**
   * Writes the rows {@code [from, to)}.
   *
   * @param bytesLess so many bytes at the end of each row are left out
   */
  public void writeTo(OutputStream out, int from, int to, int bytesLess) throws IOException {
    if (bytesLess == 0) {
      write(out, startOf(from), startOf(to));
      return;
    }
    for (int row = from; row < to; row++) {
      write(out, startOf(row), startOf(row + 1) - bytesLess);
    }
  }

  private void write(OutputStream out, long from, long until) throws IOException {
    long at = from;
    while (at < until) {
      int within = (int) (at % PIECE);
      int length = (int) Math.min(PIECE - within, until - at);
      out.write(pieces.get((int) (at / PIECE)), within, length);
      at += length;
    }
  }

  /** Drops the first {@code rows} rows: they are durable. */
  public void dropFirst(int rows) {
    start = startOf(rows);
    System.arraycopy(offsets, rows, offsets, 0, count - rows);
    System.arraycopy(ends, rows, ends, 0, count - rows);
    System.arraycopy(recordBytes, rows, recordBytes, 0, count - rows);
    count -= rows;
    int unused = count == 0 ? pieces.size() : (int) (start / PIECE);
    List<byte[]> dropped = pieces.subList(0, unused);
    dropped.forEach(memory::giveBack);
    dropped.clear();
    if (count == 0) {
      start = 0;
      end = 0;
    } else {
      long moved = (long) unused * PIECE;
      start -= moved;
      end -= moved;
      for (int row = 0; row < count; row++) {
        ends[row] -= moved;
      }
    }
    first.forgetOldest(count == 0);
    replayed.forgetOldest(count == 0);
  }

  /** Gives the piece in use, or an array of its own if the row might not fit there. */
  @Override
  public byte[] reserve(int bytes) {
    int within = (int) (end % PIECE);
    apart = within + bytes > PIECE;
    if (apart) {
      return new byte[bytes];
    }
    if (end == bytes()) {
      pieces.add(memory.take());
    }
    return pieces.getLast();
  }

  @Override
  public int reservedAt() {
    return apart ? 0 : (int) (end % PIECE);
  }

  @Override
  public void commit(byte[] reserved, int bytes, long offset, int bytesInKafka) {
    if (apart) {
      copy(reserved, bytes);
    }
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
      recordBytes = Arrays.copyOf(recordBytes, count * 2);
    }
    end += bytes;
    offsets[count] = offset;
    ends[count] = end;
    recordBytes[count] = bytesInKafka;
    count++;
  }

  /** Appends a row that was written elsewhere, over as many pieces as it takes. */
  private void copy(byte[] row, int bytes) {
    int done = 0;
    while (done < bytes) {
      int within = (int) ((end + done) % PIECE);
      if (within == 0) {
        pieces.add(memory.take());
      }
      int length = Math.min(PIECE - within, bytes - done);
      System.arraycopy(row, done, pieces.getLast(), within, length);
      done += length;
    }
  }
}
