package io.penstock.dlq.trace;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one event; keys are masked.
 *
 * @param verdict {@code stored}, {@code dead-letter}, {@code discarded}, {@code deleted} (with its
 *     client), {@code in-flight}, {@code lost}, {@code no-record} (at this place), {@code gone}
 *     (done with once, and nowhere now), {@code never-seen} or {@code not-known}
 * @param sentence the same with what it rests on
 * @param eventId null: not known
 * @param client null: not known
 * @param origin where the event first entered Kafka; null: not known
 * @param evidence what was found, in its order in time
 * @param payload what the row or the record holds; null: not asked for, or not there
 * @param unanswered a sentence for each question that nobody answered
 */
public record Trace(
    String verdict,
    String sentence,
    @Nullable String eventId,
    @Nullable String client,
    @Nullable String origin,
    List<Found> evidence,
    @Nullable String payload,
    List<String> unanswered) {
  /**
   * One piece of evidence.
   *
   * @param at when it happened; null: it is so now
   * @param source who says so
   * @param what for people
   */
  public record Found(@Nullable Instant at, String source, String what) {}

  /** Whether everybody answered, and none has ever seen it. */
  public boolean isNeverSeen() {
    return verdict.equals(Verdict.NEVER_SEEN);
  }
}
