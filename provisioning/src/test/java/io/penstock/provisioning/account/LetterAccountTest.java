package io.penstock.provisioning.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.LetterState;
import io.penstock.core.deadletter.LetterState.What;
import io.penstock.core.event.Origin;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each dead letter that the ledger counts is found in the dead-letter topic, or is missing. */
class LetterAccountTest {
  private static final Uuid TOPIC = new Uuid(1, 2);

  /** Entries of a hundred offsets each: 0 to 100, 100 to 200, 200 to 300, with so many letters. */
  private record Ledger(List<Long> letters, long rememberedFrom) implements LetterAccount.Entries {
    @Override
    public Map<String, Long> startsSince(Instant time) {
      return Map.of(Covered.key(TOPIC.toString(), 0), rememberedFrom);
    }

    @Override
    public void letters(Covered range, LetterAccount.EntryReader reader) {
      for (int i = 0; i < letters.size(); i++) {
        if (letters.get(i) > 0) {
          reader.entry(100L * i, 100L * i + 100, letters.get(i));
        }
      }
    }
  }

  private static LetterState state(long first, long last, int failures, What what) {
    return new LetterState(at(first), at(last), failures, what);
  }

  private static Origin at(long offset) {
    return new Origin(TOPIC, "events", 0, offset);
  }

  private static Letters compare(Ledger ledger, LetterState... states) throws SQLException {
    Covered all = new Covered(TOPIC.toString(), 0, 0, 300, 0, 0, 0, 0, 0, 0, 0, 0, 3);
    Consumer<Consumer<LetterState>> topic = reader -> List.of(states).forEach(reader);
    return new LetterAccount(ledger).compare(List.of(all), topic, Instant.EPOCH);
  }

  private static @Nullable Gap only(Letters letters) {
    assertThat(letters.ranges()).hasSize(1);
    return letters.ranges().getFirst();
  }

  @Test
  void eachIsOutstandingReplayedOrDiscarded() throws SQLException {
    Letters letters =
        compare(
            new Ledger(List.of(3L, 1L, 0L), 0),
            state(5, 5, 1, What.OUTSTANDING),
            state(6, 6, 1, What.DISCARDED),
            state(7, 150, 2, What.REPLAYED),
            state(301, 301, 1, What.OUTSTANDING));

    assertThat(letters).isEqualTo(new Letters(4, 1, 2, 1, 0, 0, List.of()));
  }

  /** Of records between the first and the last one the topic knows the number alone. */
  @Test
  void whatFailedInBetweenIsReplayed() throws SQLException {
    Letters letters =
        compare(new Ledger(List.of(1L, 2L, 1L), 0), state(5, 205, 4, What.OUTSTANDING));

    assertThat(letters).isEqualTo(new Letters(4, 1, 3, 0, 0, 0, List.of()));
  }

  @Test
  void whatIsNeitherIsMissingAndNamed() throws SQLException {
    Letters letters =
        compare(
            new Ledger(List.of(2L, 2L, 1L), 0),
            state(5, 205, 3, What.OUTSTANDING),
            state(6, 6, 1, What.REPLAYED));

    assertThat(letters.missing()).isEqualTo(1);
    assertThat(only(letters))
        .extracting("from", "to", "what")
        .containsExactly(
            100L,
            200L,
            "of 2 dead letters 2 are not in the dead-letter topic, nor how they were settled");
  }

  @Test
  void aTombstoneOfSomebodyElseIsNamedWithItsOffset() throws SQLException {
    Letters letters =
        compare(
            new Ledger(List.of(1L, 1L, 0L), 0),
            state(5, 5, 1, What.OUTSTANDING),
            state(123, 123, 1, What.UNKNOWN));

    assertThat(letters.missing()).isEqualTo(1);
    assertThat(only(letters)).extracting("from", "to").containsExactly(123L, 124L);
  }

  /** Who failed once more long ago explains nothing of what is missing now. */
  @Test
  void whatTheTopicHasForgottenIsToldApart() throws SQLException {
    Letters letters =
        compare(
            new Ledger(List.of(5L, 1L, 1L), 100),
            state(5, 50, 4, What.OUTSTANDING),
            state(150, 150, 1, What.OUTSTANDING));

    assertThat(letters.forgotten()).isEqualTo(3);
    assertThat(letters.missing()).isEqualTo(1);
    assertThat(only(letters)).extracting("from").isEqualTo(200L);
  }
}
