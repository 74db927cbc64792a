package io.penstock.core.rows;

/**
 * Where encoded rows are put: memory is reserved for one, the row is written into it, and what it
 * took is committed. Not thread-safe.
 */
public interface RowSink {
  /**
   * An array in which a row of at most {@code bytes} may be written, from {@link #reservedAt} on.
   */
  byte[] reserve(int bytes);

  /** Where the row starts in what was reserved last. */
  int reservedAt();

  /**
   * Takes {@code bytes} that were written to what was reserved last.
   *
   * @param reserved what {@link #reserve} gave
   */
  void commit(byte[] reserved, int bytes);
}
