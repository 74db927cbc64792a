package io.penstock.router.sink;

/** Where rows are inserted; implementations are thread-safe. */
public interface InsertTarget {
  /** The name that a client's {@code ch_target} calls it by. */
  String name();

  /**
   * Inserts the rows {@code [from, to)} of a block under the token that names them. Never throws
   * for what the server or the network does.
   */
  InsertOutcome insert(TableBlock block, int from, int to);

  /** Whether the target answers now, within a few seconds. */
  boolean answers();
}
