package io.penstock.delivery.block;

import java.util.ArrayDeque;

/**
 * Pieces of memory of one size for rows, used again from block to block: rows live too long for the
 * young generation and come too fast for the old one. One per stream thread; not thread-safe.
 */
public final class RowMemory {
  /** Small, since each table that has rows holds at least one. */
  static final int PIECE_BYTES = 8 << 10;

  private final ArrayDeque<byte[]> free = new ArrayDeque<>();

  byte[] take() {
    byte[] piece = free.pollLast();
    return piece == null ? new byte[PIECE_BYTES] : piece;
  }

  void giveBack(byte[] piece) {
    free.addLast(piece);
  }
}
