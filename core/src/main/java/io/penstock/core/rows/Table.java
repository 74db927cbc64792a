package io.penstock.core.rows;

import java.util.List;

/**
 * A table that rows are stored in, in each client's own database. Every such table has the columns
 * {@code source_topic}, {@code source_partition} and {@code source_offset}: the place of the row's
 * record in Kafka.
 *
 * @param name without the database
 * @param columns those that are written, in the order in which they are encoded
 * @param idColumn the first of them: what tells rows of one record from each other. It follows from
 *     the record alone, so that a record that is read again has the same ids
 * @param idBytes the encoded size of an id, the same for every row
 * @param newestBytes what the last column takes at the end of each row if tables that are not up to
 *     date may lack that column: rows are then sent without it; 0 if every table has all columns
 */
public record Table(
    String name, List<String> columns, String idColumn, int idBytes, int newestBytes) {

  /**
   * @throws IllegalArgumentException if the columns do not begin with the id
   */
  public Table {
    columns = List.copyOf(columns);
    if (!columns.getFirst().equals(idColumn)) {
      throw new IllegalArgumentException("a row of " + name + " begins with its " + idColumn);
    }
  }
}
