package io.penstock.delivery.block;

import java.util.function.IntUnaryOperator;

/**
 * Where the rows of a block are cut into inserts. A contract between releases: a block that one
 * router opened is repeated by the next with the same tokens, hence the same cuts. So what is
 * measured are records in Kafka, which stay what they are, and not rows, whose encoding may change.
 * Another rule needs another version in the intent.
 */
final class Chunks {
  /** No insert comes near the 1,048,545 rows up to which ClickHouse makes one block of them. */
  static final int MAX_ROWS = 500_000;

  /** Nor near the 256 MiB of {@code min_insert_block_size_bytes}: a row is little more. */
  static final int MAX_BYTES = 64 << 20;

  private Chunks() {}

  /**
   * @param bytes of a row's record
   * @return the end of the chunk that begins at {@code from}: at least one row, at most these
   */
  static int end(IntUnaryOperator bytes, int from, int count) {
    int to = from + 1;
    long size = bytes.applyAsInt(from);
    while (to < count && to - from < MAX_ROWS) {
      size += bytes.applyAsInt(to);
      if (size > MAX_BYTES) {
        break;
      }
      to++;
    }
    return to;
  }

  /**
   * The same in version 0: by the size of rows as they were encoded then, without the newest
   * column.
   */
  static int endVersion0(TableRows rows, int from, int count) {
    return end(row -> rows.size(row) - rows.table().newestBytes(), from, count);
  }
}
