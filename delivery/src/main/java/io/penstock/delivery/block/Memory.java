package io.penstock.delivery.block;

import java.util.ArrayDeque;

/**
 * The memory of one stream thread's rows and waiting records, counted. Rows lie in pieces of one
 * size, which are used again from block to block: rows live too long for the young generation and
 * come too fast for the old one. Not thread-safe.
 */
public final class Memory {
  /** Small, since each table that has rows holds at least one. */
  static final int PIECE_BYTES = 8 << 10;

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

  void giveBack(byte[] piece) {
    bytes -= PIECE_BYTES;
    free.addLast(piece);
  }
}
