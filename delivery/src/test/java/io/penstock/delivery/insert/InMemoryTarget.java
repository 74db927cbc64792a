package io.penstock.delivery.insert;

import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.insert.InsertOutcome.Written;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A ClickHouse in memory that deduplicates by token, as the real one does, and fails as it is told.
 * Thread-safe.
 */
public final class InMemoryTarget implements InsertTarget {
  /** One insert as it arrived. */
  public record Insert(String database, List<Long> offsets, String token) {}

  private final String name;
  private final Set<String> tokens = new HashSet<>();
  private final Map<String, List<Long>> stored = new HashMap<>();
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
    List<Long> offsets = new ArrayList<>();
    for (int row = from; row < to; row++) {
      offsets.add(block.rows().offset(row));
    }
    Insert insert = new Insert(block.client().database(), offsets, block.token(from, to));
    inserts.add(insert);
    if (tears) {
      tears = false;
      tokens.add(insert.token());
      return new InsertOutcome.Retryable(210, "connection reset");
    }
    InsertOutcome outcome = answer.apply(insert);
    if ((outcome instanceof Written || storesBeforeAnswering) && tokens.add(insert.token())) {
      stored.computeIfAbsent(insert.database(), database -> new ArrayList<>()).addAll(offsets);
    }
    return outcome;
  }

  @Override
  public synchronized BitSet missing(TableBlock block, int from, int to) {
    List<Long> present = stored(block.client().database());
    BitSet missing = new BitSet();
    for (int row = from; row < to; row++) {
      if (!present.contains(block.rows().offset(row))) {
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
    List<Long> offsets = rows.stream().mapToObj(row -> block.rows().offset(row)).toList();
    stored
        .computeIfAbsent(block.client().database(), database -> new ArrayList<>())
        .addAll(offsets);
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

  /** Every stored row's offset; one that was stored twice is there twice. */
  public synchronized List<Long> stored(String database) {
    return stored.getOrDefault(database, List.of()).stream().sorted().toList();
  }

  /** All inserts that arrived, in order. */
  public synchronized List<Insert> inserts() {
    return List.copyOf(inserts);
  }
}
