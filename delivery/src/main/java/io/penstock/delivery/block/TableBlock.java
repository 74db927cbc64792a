package io.penstock.delivery.block;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.rows.Source;
import io.penstock.core.rows.Table;

/**
 * The rows of a block that go to one table of one client: what one deduplication token, or one per
 * chunk, stands for. Immutable: rows that are added later have higher numbers.
 *
 * @param version the block's
 * @param start the block's
 * @param end the block's
 * @param client the client as it was known when the block was opened: where the rows go stays the
 *     same however often the block is tried
 * @param rows of which the first ones are meant
 * @param count how many
 */
public record TableBlock(
    Source source,
    int version,
    long start,
    long end,
    ClientMetadata client,
    TableRows rows,
    int count) {

  /**
   * The rows with offsets below {@code end}.
   *
   * @param start the first offset that is not durable
   */
  public static TableBlock of(Source source, int version, long start, long end, TableRows rows) {
    return new TableBlock(source, version, start, end, rows.client(), rows, rows.countBelow(end));
  }

  /** What the rows are encoded for. */
  public Table table() {
    return rows.table();
  }

  /** Where a chunk ends that begins at row {@code from}. */
  public int endOfChunk(int from) {
    return version == 0
        ? Chunks.endVersion0(rows, from, count)
        : Chunks.end(rows::recordBytes, from, count);
  }

  /** The token of the insert of the rows {@code [from, to)}. */
  public String token(int from, int to) {
    return rows.token(this, from, to);
  }
}
