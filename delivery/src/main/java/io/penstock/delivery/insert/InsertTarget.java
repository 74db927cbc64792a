package io.penstock.delivery.insert;

import io.penstock.core.rows.InsertOutcome;
import io.penstock.delivery.block.TableBlock;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Where rows are inserted; implementations are thread-safe. */
public interface InsertTarget extends AutoCloseable {
  /** The name that a client's {@code ch_target} calls it by. */
  String name();

  /**
   * Inserts the rows {@code [from, to)} of a block under the token that names them. Never throws
   * for what the server or the network does.
   */
  InsertOutcome insert(TableBlock block, int from, int to);

  /**
   * Which of the rows {@code [from, to)} the table does not have, by their places in Kafka.
   *
   * @return their numbers within the block; null if the table could not be asked
   */
  @Nullable BitSet missing(TableBlock block, int from, int to);

  /**
   * Whether rows of the block's table go on to materialized views, which may refuse what the table
   * has taken; true where that cannot be asked.
   */
  boolean hasViews(TableBlock block);

  /** Inserts these rows of a block under a token that was never used. */
  InsertOutcome insertAnew(TableBlock block, BitSet rows);

  /** Whether the target answers now, within a few seconds. */
  boolean answers();

  @Override
  void close();
}
