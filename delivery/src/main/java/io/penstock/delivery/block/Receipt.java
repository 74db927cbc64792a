package io.penstock.delivery.block;

import java.util.List;

/**
 * What has become of a block so far: what is stored where, what is not and why, what was tried.
 * Immutable.
 *
 * @param tables in the order of the block's
 */
public record Receipt(Block block, List<TableReceipt> tables) {
  public Receipt {
    tables = List.copyOf(tables);
  }

  /**
   * Nothing is settled.
   *
   * @param tried whether the partition's previous owner may have inserted some of its rows
   */
  public static Receipt none(Block block, boolean tried) {
    return new Receipt(
        block, block.tables().stream().map(table -> TableReceipt.none(table, tried)).toList());
  }

  /** Whether every row is stored, or known to stay unstored. */
  public boolean isComplete() {
    return tables.stream().allMatch(TableReceipt::isComplete);
  }

  /** The same block, of which any row may have been inserted before. */
  public Receipt afterTry() {
    return new Receipt(block, tables.stream().map(TableReceipt::afterTry).toList());
  }
}
