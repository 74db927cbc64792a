package io.penstock.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ledger.LedgerEntry;
import io.penstock.core.refusal.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerLinesTest {
  private final LedgerLines lines =
      new LedgerLines(List.of(new Tally.Hour(10, 3_600_000), new Tally.Hour(20, 7_200_000)));

  @Test
  void lettersAreAddedUpByClientReasonAndHour() {
    lines.letter(10, "acme", Reason.QUOTA_EXCEEDED);
    lines.letter(19, "acme", Reason.QUOTA_EXCEEDED);
    lines.letter(20, "acme", Reason.QUOTA_EXCEEDED);
    lines.letter(21, "acme", Reason.INVALID_FIELD);

    assertThat(lines.letters())
        .extracting(line -> line.reason() + " " + line.hour() + " " + line.records())
        .containsExactly(
            "QUOTA_EXCEEDED 1970-01-01T01:00:00Z 2",
            "QUOTA_EXCEEDED 1970-01-01T02:00:00Z 1",
            "INVALID_FIELD 1970-01-01T02:00:00Z 1");
  }

  /** Whoever sends events of a million clients that there are not does not make entries large. */
  @Test
  void whatIsBeyondTheLinesIsAddedUpWithoutAClient() {
    int senders = LedgerEntry.MAX_LINES + 500;
    for (int sender = 0; sender < senders; sender++) {
      lines.letter(10, "sender-" + sender, Reason.INVALID_API_KEY);
    }

    assertThat(lines.letters()).hasSize(LedgerEntry.MAX_LINES + 1);
    assertThat(lines.letters().getLast().client()).isEmpty();
    assertThat(lines.letters().getLast().records()).isEqualTo(500);
    assertThat(lines.letters().stream().mapToLong(LedgerEntry.Letters::records).sum())
        .isEqualTo(senders);
  }
}
