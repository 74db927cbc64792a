package io.penstock.delivery.block;

import io.penstock.core.clickhouse.Frame;
import io.penstock.core.clickhouse.FrameOutputStream;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.rows.RowSink;
import io.penstock.core.rows.Table;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encoded rows of one client's table from one Kafka partition, in the order of their records,
 * waiting to be inserted. A record may have several, one after the other. As soon as they fill a
 * {@linkplain Frame frame} they are compressed, in the form in which they are sent: so several
 * times as many wait in the same memory, and inserts are as much larger. Not thread-safe; while an
 * insert reads a range of rows, no row is added.
 */
public final class TableRows implements RowSink {
  private static final int PIECE = Memory.PIECE_BYTES;
  private static final int FRAME = Memory.FRAME_BYTES;

  /** What is held for a row besides its bytes: its offset, its end and its record's size. */
  private static final int ROW_BYTES = 2 * Long.BYTES + Integer.BYTES;

  /** In the place of a time: there is no such row. */
  public static final long NONE = Long.MIN_VALUE;

  private final Table table;
  private final Memory memory;

  /** The rows' bytes, as far as they are compressed; each stands for {@link #FRAME} of them. */
  private final ArrayList<byte[]> frames = new ArrayList<>();

  /** The bytes that follow. */
  private final ArrayList<byte[]> pieces = new ArrayList<>();

  /** The frame that was unpacked last, for those who look at single rows; -1: there is none. */
  private int unpackedFrame = -1;

  private byte[] unpacked = new byte[0];
  private ClientMetadata client;
  private long[] offsets = new long[16];

  /** Where each row ends, counted in bytes from the start of the first frame or piece. */
  private long[] ends = new long[16];

  /** The size of each row's record in Kafka. */
  private int[] recordBytes = new int[16];

  private int count;

  /** Where the first row starts, and where the next will. */
  private long start;

  private long end;

  /** Whether what was reserved last is no piece. */
  private boolean apart;

  /** Of the record whose rows come now. */
  private long offset;

  private int bytesInKafka;
  private long appendedMillis;
  private boolean isReplay;

  private @Nullable Tokened tokened;

  private final Ages first = new Ages();
  private final Ages replayed = new Ages();

  /** A token, and of what. */
  private record Tokened(TableBlock block, int from, int to, String token) {}

  /** When rows' records were appended to their topic. */
  private static final class Ages {
    long oldestMillis = NONE;
    long newestMillis = NONE;
    int count;

    void add(long appendedMillis) {
      count++;
      oldestMillis = oldestMillis == NONE ? appendedMillis : oldestMillis;
      newestMillis = appendedMillis;
    }

    /** Rows remain only after a block that was repeated; their exact times are not kept. */
    void forgetOldest(int rowsLeft) {
      count = Math.min(count, rowsLeft);
      newestMillis = rowsLeft == 0 ? NONE : newestMillis;
      oldestMillis = newestMillis;
    }
  }

  /**
   * @param memory what the rows are kept in; taken as they come and given back as they are dropped
   */
  public TableRows(Table table, ClientMetadata client, Memory memory) {
    this.table = table;
    this.client = client;
    this.memory = memory;
  }

  /** What the rows are encoded for. */
  public Table table() {
    return table;
  }

  /** The client whose rows these are, as known when the latest record came. */
  public ClientMetadata client() {
    return client;
  }

  /**
   * The rows of this record come now. Records come in the order of their offsets.
   *
   * @param newest what is known of the client now
   * @param recordBytes the size of the record's value
   * @param timestampMillis when the record was appended to its topic
   * @param byReplay whether a replay brought it
   */
  public RowSink of(
      ClientMetadata newest,
      long recordOffset,
      int recordBytes,
      long timestampMillis,
      boolean byReplay) {
    client = newest;
    if (recordOffset != offset) {
      pack();
    }
    offset = recordOffset;
    bytesInKafka = recordBytes;
    appendedMillis = timestampMillis;
    isReplay = byReplay;
    return this;
  }

  /** Compresses what no record will take back any more. */
  private void pack() {
    while (end - framed() >= FRAME) {
      List<byte[]> full = pieces.subList(0, FRAME / PIECE);
      frames.add(memory.frame(full));
      full.clear();
    }
  }

  /** Where the first piece starts. */
  private long framed() {
    return (long) frames.size() * FRAME;
  }

  /**
   * The token of some of a block's rows. The last one is kept, since the ledger asks for it when
   * the insert is done, and it is a digest of as many offsets as there are rows.
   */
  String token(TableBlock block, int from, int to) {
    Tokened last = tokened;
    if (last == null || last.from != from || last.to != to || !last.block.equals(block)) {
      last = new Tokened(block, from, to, DeduplicationToken.of(block, from, to));
      tokened = last;
    }
    return last.token;
  }

  /** How many rows there are. */
  public int count() {
    return count;
  }

  /** The Kafka offset of a row's record. */
  public long offset(int row) {
    return offsets[row];
  }

  /**
   * When the oldest record of the rows was appended to its topic, in epoch milliseconds.
   *
   * @param ofReplays of the rows that replays brought, or of the others
   * @return {@link #NONE} if there are none of these
   */
  public long oldestMillis(boolean ofReplays) {
    return (ofReplays ? replayed : first).oldestMillis;
  }

  /** How many of the rows replays brought; exact unless a block was repeated. */
  public int replayed() {
    return replayed.count;
  }

  /** The encoded size of the rows {@code [from, to)}, in bytes. */
  public long bytes(int from, int to) {
    return startOf(to) - startOf(from);
  }

  /** The encoded size of a row, in bytes. */
  int size(int row) {
    return (int) bytes(row, row + 1);
  }

  /** The size of the value of a row's record in Kafka, in bytes. */
  int recordBytes(int row) {
    return recordBytes[row];
  }

  /**
   * The row of the record at this offset that has this id.
   *
   * @param id as it is encoded
   * @return negative if there is none
   */
  public int find(long recordOffset, byte[] id) {
    for (int row = countBelow(recordOffset); row < count && offsets[row] == recordOffset; row++) {
      if (hasId(row, id)) {
        return row;
      }
    }
    return -1;
  }

  private boolean hasId(int row, byte[] id) {
    long at = startOf(row);
    for (int i = 0; i < id.length; i++) {
      if (byteAt(at + i) != id[i]) {
        return false;
      }
    }
    return true;
  }

  private byte byteAt(long at) {
    int frame = (int) (at / FRAME);
    return frame < frames.size()
        ? unpacked(frame)[(int) (at % FRAME)]
        : pieces.get((int) ((at - framed()) / PIECE))[(int) (at % PIECE)];
  }

  private byte[] unpacked(int frame) {
    if (unpackedFrame != frame) {
      unpacked = Frame.decompress(frames.get(frame));
      unpackedFrame = frame;
    }
    return unpacked;
  }

  private long startOf(int row) {
    return row == 0 ? start : ends[row - 1];
  }

  /** How many of the rows have an offset below {@code bound}. */
  public int countBelow(long bound) {
    if (count == 0 || offsets[count - 1] < bound) {
      return count;
    }
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets[middle] < bound) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A row, as encoded. */
  public byte[] bytesOf(int row) {
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
      int frame = (int) (at / FRAME);
      int length;
      if (frame >= frames.size()) {
        int within = (int) (at % PIECE);
        length = (int) Math.min(PIECE - within, until - at);
        out.write(pieces.get((int) ((at - framed()) / PIECE)), within, length);
      } else {
        int within = (int) (at % FRAME);
        length = (int) Math.min(FRAME - within, until - at);
        if (length == FRAME && out instanceof FrameOutputStream framed) {
          framed.writeWhole(frames.get(frame));
        } else {
          out.write(unpacked(frame), within, length);
        }
      }
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
    memory.hold(-(long) rows * ROW_BYTES);
    if (count == 0) {
      dropBytes(frames.size(), pieces.size());
      start = 0;
      end = 0;
    } else {
      int unused = (int) Math.min(frames.size(), start / FRAME);
      long moved = dropBytes(unused, (int) (Math.max(0, start - framed()) / PIECE));
      start -= moved;
      end -= moved;
      for (int row = 0; row < count; row++) {
        ends[row] -= moved;
      }
    }
    first.forgetOldest(count);
    replayed.forgetOldest(count);
  }

  /** Drops bytes at the beginning, and returns how many. Frames come before pieces. */
  private long dropBytes(int unusedFrames, int unusedPieces) {
    List<byte[]> droppedFrames = frames.subList(0, unusedFrames);
    droppedFrames.forEach(frame -> memory.hold(-frame.length));
    droppedFrames.clear();
    unpackedFrame = -1;
    unpacked = new byte[0];
    List<byte[]> droppedPieces = pieces.subList(0, unusedPieces);
    droppedPieces.forEach(memory::giveBack);
    droppedPieces.clear();
    return (long) unusedFrames * FRAME + (long) unusedPieces * PIECE;
  }

  /** Takes the rows of the record at this offset back, if it came last. */
  public void takeBack(long recordOffset) {
    int kept = countBelow(recordOffset);
    if (kept == 0) {
      dropFirst(count);
      return;
    }
    memory.hold(-(long) (count - kept) * ROW_BYTES);
    count = kept;
    end = ends[kept - 1];
    int used = (int) ((end - framed() + PIECE - 1) / PIECE);
    List<byte[]> dropped = pieces.subList(used, pieces.size());
    dropped.forEach(memory::giveBack);
    dropped.clear();
  }

  /** Gives the piece in use, or an array of its own if the row might not fit there. */
  @Override
  public byte[] reserve(int bytes) {
    int within = (int) (end % PIECE);
    apart = within + bytes > PIECE;
    if (apart) {
      return new byte[bytes];
    }
    if (end == framed() + (long) pieces.size() * PIECE) {
      pieces.add(memory.take());
    }
    return pieces.getLast();
  }

  @Override
  public int reservedAt() {
    return apart ? 0 : (int) (end % PIECE);
  }

  @Override
  public void commit(byte[] reserved, int bytes) {
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
    memory.hold(ROW_BYTES);
    (isReplay ? replayed : first).add(appendedMillis);
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
