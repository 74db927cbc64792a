package io.penstock.core.rows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The search for rows at fault in an insert that was refused: what is refused is halved, in order,
 * until the rows at fault stand alone. Routers search so, and so does a forecast. Not thread-safe.
 */
public final class RowSearch {
  /** How often routers halve the rows of one insert; each time costs two inserts. */
  public static final int MAX_SPLITS = 200;

  private final Range whole;

  /** Ranges that are still to be inserted, the first rows on top. */
  private final Deque<Range> left = new ArrayDeque<>();

  /** Ranges refused by a code that does not tell whether rows are to blame; in order. */
  private final List<Range> suspects = new ArrayList<>();

  /** Whether a part was judged otherwise than the whole: so it is the rows. */
  private boolean rowsDiffer;

  private int splitsLeft;

  /** The rows {@code [from, to)}. */
  public record Range(int from, int to) {
    /** How many rows these are. */
    public int size() {
      return to - from;
    }
  }

  /** What a refused range means. */
  public enum Step {
    /** Nothing yet: the search goes on. */
    GOES_ON,
    /** It is one row, and that is at fault. */
    BAD_ROW,
    /** There are too many rows at fault to find each. */
    TOO_MANY,
    /** No row is at fault: it is the client's table. */
    CLIENT
  }

  /**
   * @param whole the rows of the insert
   * @param maxSplits after so many the search is over
   */
  public RowSearch(Range whole, int maxSplits) {
    this.whole = whole;
    this.splitsLeft = maxSplits;
    left.push(whole);
  }

  /** What is to be inserted next; null if nothing is left. */
  public @Nullable Range next() {
    return left.poll();
  }

  /** The range that came last was taken. */
  public void taken() {
    blameSuspects();
  }

  /** A range was refused because of its rows. */
  public Step refused(Range range) {
    blameSuspects();
    if (range.size() == 1) {
      return Step.BAD_ROW;
    }
    if (splitsLeft == 0) {
      return Step.TOO_MANY;
    }
    halve(range);
    return Step.GOES_ON;
  }

  /**
   * A range was refused by a code that nobody has classified. The whole is halved once: if both
   * halves are refused by such a code it is the client's trouble, else that of rows.
   */
  public Step unclear(Range range) {
    if (rowsDiffer) {
      return refused(range);
    }
    if (range.size() > 1 && range.equals(whole)) {
      halve(range);
      return Step.GOES_ON;
    }
    if (left.isEmpty()) {
      return Step.CLIENT;
    }
    suspects.add(range);
    return Step.GOES_ON;
  }

  private void halve(Range range) {
    splitsLeft--;
    int middle = (range.from + range.to) >>> 1;
    left.push(new Range(middle, range.to));
    left.push(new Range(range.from, middle));
  }

  private void blameSuspects() {
    rowsDiffer = true;
    suspects.reversed().forEach(left::push);
    suspects.clear();
  }

  /** What has not been decided, besides the range that came last. */
  public List<Range> undecided() {
    List<Range> all = new ArrayList<>(suspects);
    all.addAll(left);
    return all;
  }
}
