package io.penstock.core.client;

import java.util.Arrays;
import java.util.Locale;

/**
 * How long a client's events are kept (docs/adr/0011). ClickHouse deletes what is over, some time
 * later.
 *
 * @param days 1 to {@value #MAX_DAYS}
 * @param from what the days are counted from
 */
public record Retention(int days, From from) {
  /**
   * 54 years. ClickHouse tells the end of a row's time in 32 bits, up to 2106-02-07 06:28:15 UTC;
   * so many days from now end before that.
   */
  public static final int MAX_DAYS = 20_000;

  /** What a client keeps unless told otherwise. */
  public static final Retention DEFAULT = new Retention(365, From.EVENT_TIME);

  private static final long DAY_MILLIS = 86_400_000;

  /** An event must have a tenth of its time left when it comes, but not more than a day. */
  private static final int MARGIN_PART = 10;

  /** What the days are counted from. */
  public enum From {
    /** The event's own time. */
    EVENT_TIME,
    /** When the broker first accepted the event, however old it was then. */
    ARRIVAL;

    /** As PostgreSQL, Redis and the commands write it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads {@link #text}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static From of(String text) {
      return Arrays.stream(values())
          .filter(from -> from.text().equals(text))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "The retention is counted from event_time or arrival, not from " + text + "."));
    }
  }

  /**
   * Refuses days out of bounds.
   *
   * @throws IllegalArgumentException if there are too few or too many
   */
  public Retention {
    if (days < 1 || days > MAX_DAYS) {
      throw new IllegalArgumentException(
          "The retention of " + days + " days is not between 1 and " + MAX_DAYS + ".");
    }
  }

  /**
   * Whether this retention keeps all that {@code other} keeps. An event arrives after its own time,
   * so counting from the arrival keeps longer.
   */
  public boolean keeps(Retention other) {
    return days >= other.days && (from == other.from || from == From.ARRIVAL);
  }

  /**
   * Whether an event would be gone as soon as it were stored, or soon after: within a day, or the
   * last tenth of its time if that is shorter. All times in epoch milliseconds.
   *
   * @param arrivedMillis when the broker first accepted it
   * @param nowMillis when the broker accepted the record that is judged; later than that for a
   *     replay
   */
  public boolean isOver(long eventTimeMillis, long arrivedMillis, long nowMillis) {
    long kept = days * DAY_MILLIS;
    long margin = Math.min(DAY_MILLIS, kept / MARGIN_PART);
    return (from == From.ARRIVAL ? arrivedMillis : eventTimeMillis) < nowMillis - kept + margin;
  }
}
