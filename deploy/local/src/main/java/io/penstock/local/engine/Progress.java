package io.penstock.local.engine;

/** What a statement read, wrote and returned, as the header {@code X-ClickHouse-Summary} has it. */
record Progress(
    long readRows,
    long readBytes,
    long writtenRows,
    long writtenBytes,
    long resultRows,
    long resultBytes) {
  static final Progress NONE = new Progress(0, 0, 0, 0, 0, 0);

  Progress plus(Progress more) {
    return new Progress(
        readRows + more.readRows,
        readBytes + more.readBytes,
        writtenRows + more.writtenRows,
        writtenBytes + more.writtenBytes,
        resultRows + more.resultRows,
        resultBytes + more.resultBytes);
  }

  /**
   * The summary's JSON: every number is a string there, and an insert's result is what it wrote.
   */
  String summary(long elapsedNanos) {
    long rows = writtenRows > 0 ? writtenRows : resultRows;
    long bytes = writtenRows > 0 ? writtenBytes : resultBytes;
    return "{\"read_rows\":\"%d\",\"read_bytes\":\"%d\",\"written_rows\":\"%d\",\"written_bytes\":\"%d\",\"total_rows_to_read\":\"0\",\"result_rows\":\"%d\",\"result_bytes\":\"%d\",\"elapsed_ns\":\"%d\"}"
        .formatted(readRows, readBytes, writtenRows, writtenBytes, rows, bytes, elapsedNanos);
  }
}
