package io.penstock.delivery.insert;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.penstock.core.rows.EventRows;
import io.penstock.core.rows.InsertOutcome;
import io.penstock.core.rows.InsertOutcome.Written;
import io.penstock.delivery.block.TableBlock;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A ClickHouse in memory that deduplicates by token, as the real one does, and fails as it is told.
 * Thread-safe.
 */
public final class InMemoryTarget implements InsertTarget {
  /** One insert as it arrived. */
  public record Insert(String database, String table, List<Row> rows, String token) {
    public List<Long> offsets() {
      return rows.stream().map(Row::offset).toList();
    }
  }

  /** One row, by its record's offset and its own bytes, the id first. */
  public record Row(long offset, String bytes) {}

  private final String name;
  private final Set<String> tokens = new HashSet<>();
  private final Map<String, List<Row>> stored = new HashMap<>();
  private final List<Insert> inserts = new ArrayList<>();
  private Function<Insert, InsertOutcome> answer = insert -> new Written();
  private boolean storesBeforeAnswering;
  private boolean tears;
  private boolean up = true;
  private boolean closed;

  public InMemoryTarget(String name) {
    this.name = name;
  }

  /** What to answer; rows are stored only where that is {@link Written}. */
  public synchronized void answers(Function<Insert, InsertOutcome> newAnswer) {
    answer = newAnswer;
    storesBeforeAnswering = false;
  }

  /** Stores the rows and then answers this: an acknowledgement that was lost. */
  public synchronized void storesButAnswers(InsertOutcome outcome) {
    answer = insert -> outcome;
    storesBeforeAnswering = true;
  }

  /** Remembers the next insert's token but not its rows, and does not answer: it was killed. */
  public synchronized void tearsNextInsert() {
    tears = true;
  }

  public synchronized void isUp(boolean newUp) {
    up = newUp;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public synchronized InsertOutcome insert(TableBlock block, int from, int to) {
    Insert insert =
        new Insert(
            block.client().database(),
            block.table().name(),
            IntStream.range(from, to).mapToObj(row -> row(block, row)).toList(),
            block.token(from, to));
    inserts.add(insert);
    if (tears) {
      tears = false;
      tokens.add(insert.token());
      return new InsertOutcome.Retryable(210, "connection reset");
    }
    InsertOutcome outcome = answer.apply(insert);
    if ((outcome instanceof Written || storesBeforeAnswering) && tokens.add(insert.token())) {
      store(block, insert.rows());
    }
    return outcome;
  }

  @Override
  public synchronized BitSet missing(TableBlock block, int from, int to) {
    List<Row> present = rows(block.client().database(), block.table().name());
    BitSet missing = new BitSet();
    for (int row = from; row < to; row++) {
      if (!present.contains(row(block, row))) {
        missing.set(row);
      }
    }
    return missing;
  }

  @Override
  public synchronized boolean hasViews(TableBlock block) {
    return storesBeforeAnswering;
  }

  @Override
  public synchronized InsertOutcome insertAnew(TableBlock block, BitSet rows) {
    store(block, rows.stream().mapToObj(row -> row(block, row)).toList());
    return new Written();
  }

  @Override
  public synchronized boolean answers() {
    return up;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  private static Row row(TableBlock block, int row) {
    return new Row(block.rows().offset(row), new String(block.rows().bytesOf(row), ISO_8859_1));
  }

  private void store(TableBlock block, List<Row> rows) {
    stored
        .computeIfAbsent(
            block.client().database() + "." + block.table().name(), _ -> new ArrayList<>())
        .addAll(rows);
  }

  /** The stored rows of a table; one that was stored twice is there twice. */
  public synchronized List<Row> rows(String database, String table) {
    return List.copyOf(stored.getOrDefault(database + "." + table, List.of()));
  }

  /** The offset of every stored event; one that was stored twice is there twice. */
  public synchronized List<Long> stored(String database) {
    return rows(database, EventRows.TABLE.name()).stream().map(Row::offset).sorted().toList();
  }

  /** All inserts that arrived, in order. */
  public synchronized List<Insert> inserts() {
    return List.copyOf(inserts);
  }
}
