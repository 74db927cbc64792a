package io.penstock.dlq.replay;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * How a replay ended: {@code replayed = stored + dead again + in flight}.
 *
 * @param replayId stands on every event that was replayed, and on its letter if it failed again
 * @param replayed moved to the events topic, each with its letter's tombstone
 * @param stored in the clients' databases
 * @param deadAgain failed again, by reason
 * @param clientsFailedAgain how many failed again for a reason that heals by itself, by client
 * @param inFlight not known: no router has finished them yet
 * @param left stay as they are, by why
 * @param stopped why it ended early; null: it did not
 * @param notice what is wrong besides; null: nothing
 */
public record ReplayStatement(
    @JsonIgnore String replayId,
    long replayed,
    long stored,
    SortedMap<String, Long> deadAgain,
    @JsonIgnore SortedMap<String, Long> clientsFailedAgain,
    long inFlight,
    SortedMap<String, Long> left,
    @Nullable String stopped,
    @Nullable String notice) {
  /** How many failed again. */
  public long failed() {
    return deadAgain.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many stay as they are. */
  public long stay() {
    return left.values().stream().mapToLong(Long::longValue).sum();
  }
}
