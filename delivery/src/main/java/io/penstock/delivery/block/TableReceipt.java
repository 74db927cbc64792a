package io.penstock.delivery.block;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has become of a table's part of a block so far. Immutable; the methods say what comes next.
 *
 * @param settled the first row that is neither stored nor known to stay unstored
 * @param tried whether an insert of unsettled rows may have been begun whose end nobody knows, here
 *     or by the partition's previous owner: they are read back before they count as stored
 * @param unstored of the settled rows those that are not stored, in their order
 * @param bug what ended the last attempt, if that was neither ClickHouse nor the network
 */
public record TableReceipt(
    TableBlock block,
    int settled,
    boolean tried,
    List<Unstored> unstored,
    @Nullable Throwable bug) {
  public TableReceipt {
    unstored = List.copyOf(unstored);
  }

  /** Nothing is settled. */
  static TableReceipt none(TableBlock block, boolean tried) {
    return new TableReceipt(block, 0, tried, List.of(), null);
  }

  /** Whether every row is settled. */
  public boolean isComplete() {
    return settled == block.count();
  }

  /** How many rows are stored, of those that are settled. */
  public int stored() {
    return settled - unstored.size();
  }

  /** The encoded size of the rows that are stored, in bytes. */
  public long storedBytes() {
    TableRows rows = block.rows();
    return rows.bytes(0, settled)
        - unstored.stream().mapToLong(not -> rows.bytes(not.row(), not.row() + 1)).sum();
  }

  /** The rows up to {@code upTo} are settled, too; those that are {@code not} stored are named. */
  public TableReceipt settled(int upTo, List<Unstored> not) {
    List<Unstored> all = new ArrayList<>(unstored);
    all.addAll(not);
    // Parts of a chunk are not always settled in order.
    all.sort(Comparator.comparingInt(Unstored::row));
    return new TableReceipt(block, upTo, tried, all, null);
  }

  /** An insert was begun whose end nobody knows. */
  public TableReceipt afterTry() {
    return tried ? this : new TableReceipt(block, settled, true, unstored, bug);
  }

  /** A bug ended the attempt; whatever it had begun, nobody knows its end. */
  public TableReceipt brokenBy(Throwable found) {
    return new TableReceipt(block, settled, true, unstored, found);
  }
}
