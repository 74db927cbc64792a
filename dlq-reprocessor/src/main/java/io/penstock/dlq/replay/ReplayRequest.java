package io.penstock.dlq.replay;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.refusal.Retry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What is to be replayed, and how.
 *
 * @param meant selects the letters
 * @param partition of the dead-letter topic; null: all
 * @param waitsForTurn whether to wait for a partition that another replay works on, or to end
 * @param prepare what their events are to be; called once for each, before it goes
 * @param limit how many at most
 * @param perSecond how many a second at most, averaged
 * @param probe after so many their outcome is awaited, before the rest follows
 * @param maxFailures the share, 0 to 1, of events with a known outcome that may fail again; above
 *     it the replay stops
 * @param maxAttempts an event that has failed so often stays, unless its reason heals by itself
 * @param beforeMove called before each transaction, with all that it moves prepared
 * @param patience how long no event's outcome may become known until it is no longer waited for
 */
public record ReplayRequest(
    Predicate<DeadLetter> meant,
    @Nullable TopicPartition partition,
    boolean waitsForTurn,
    Function<DeadLetter, Prepared> prepare,
    long limit,
    double perSecond,
    int probe,
    double maxFailures,
    int maxAttempts,
    BeforeMove beforeMove,
    Duration patience) {
  /** What has to be done before letters are moved. */
  public interface BeforeMove {
    /** A failure ends the replay, and nothing of the transaction is moved. */
    void run() throws SQLException;
  }

  private static final String WITHOUT_VALUE =
      "without the event, which is too large for a letter and stands in its topic alone";

  private static final String TOO_LARGE = "larger than what a router takes whole";

  /** The event of one letter, or why the letter stays. */
  public Prepared prepared(DeadLetter letter) {
    if (letter.key() == null) {
      return new Prepared.Left("without a key, which a tombstone needs");
    }
    if (letter.isWithoutValue()) {
      return new Prepared.Left(WITHOUT_VALUE);
    }
    if (letter.leftOut() != null) {
      return new Prepared.Left(TOO_LARGE);
    }
    Arrival lineage = letter.lineage();
    if (lineage != null
        && lineage.failures() >= maxAttempts
        && !Retry.AUTOMATIC.label().equals(letter.text(DeadLetterHeaders.RETRY))) {
      return new Prepared.Left("failed %d times or more".formatted(maxAttempts));
    }
    return prepare.apply(letter);
  }

  /** The letter's event without a change, if the letter still has the original bytes. */
  public static Prepared unchanged(DeadLetter letter) {
    if (letter.isWithoutValue()) {
      return new Prepared.Left(WITHOUT_VALUE);
    }
    if (letter.leftOut() != null) {
      return new Prepared.Left(TOO_LARGE);
    }
    if (letter.isRebuilt()) {
      return new Prepared.Left("made of a row: edit gives them api_key_hash and replays them");
    }
    return new Prepared.Ready(letter.value(), letter.headers());
  }
}
