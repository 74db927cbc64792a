package io.penstock.delivery.block;

import io.penstock.core.clickhouse.Frame;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/**
 * The memory of one stream thread's rows and waiting records, counted. Rows are written into pieces
 * of one size, which are used again and again: rows live too long for the young generation and come
 * too fast for the old one. Eight pieces at a time become a frame. Not thread-safe.
 */
public final class Memory {
  /** Small, since each table that has rows holds at least one. */
  static final int PIECE_BYTES = 8 << 10;

  /** Compresses well, and is what is unpacked to look at one row. */
  static final int FRAME_BYTES = 8 * PIECE_BYTES;

  private final byte[] plain = new byte[FRAME_BYTES];
  private final byte[] compressed = new byte[Frame.maxBytes(FRAME_BYTES)];
  private final ArrayDeque<byte[]> free = new ArrayDeque<>();
  private long bytes;

  /** What is held, in bytes. */
  public long bytes() {
    return bytes;
  }

  /** So many bytes more are held elsewhere, or, if negative, fewer. */
  public void hold(long more) {
    bytes += more;
  }

  byte[] take() {
    bytes += PIECE_BYTES;
    byte[] piece = free.pollLast();
    return piece == null ? new byte[PIECE_BYTES] : piece;
  }

  /** Compresses full pieces, {@link #FRAME_BYTES} in all, and takes them back. */
  byte[] frame(List<byte[]> full) {
    for (int i = 0; i < full.size(); i++) {
      System.arraycopy(full.get(i), 0, plain, i * PIECE_BYTES, PIECE_BYTES);
      giveBack(full.get(i));
    }
    byte[] frame = Arrays.copyOf(compressed, Frame.compress(plain, plain.length, compressed));
    bytes += frame.length;
    return frame;
  }

  void giveBack(byte[] piece) {
    bytes -= PIECE_BYTES;
    free.addLast(piece);
  }
}
