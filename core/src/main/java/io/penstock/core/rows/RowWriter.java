package io.penstock.core.rows;

import io.penstock.core.client.ClientMetadata;

/** Where a record's rows are written to. For one thread, and only while the record is taken. */
public interface RowWriter {
  /** The partition that the record stands in. */
  Source source();

  /** Where a client's rows for one of its tables are written, one after the other. */
  RowSink rows(ClientMetadata client, Table table);
}
