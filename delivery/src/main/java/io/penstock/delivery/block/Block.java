package io.penstock.delivery.block;

import io.penstock.core.rows.Source;
import java.util.List;

/**
 * What one commit stores of a partition: the rows of the records {@code [start, end)}. What it is
 * announced and repeated by.
 *
 * @param version of its tokens and of where it is cut: of the release that opened it
 * @param start the first offset that was not durable when it was opened
 * @param end behind the last record
 * @param tables the rows, by table and client; only tables that have some
 */
public record Block(Source source, int version, long start, long end, List<TableBlock> tables) {
  public Block {
    tables = List.copyOf(tables);
  }
}
