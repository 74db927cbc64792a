package io.penstock.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuotasTest {
  private static final long NOON = 1_772_366_400_000L;
  private static final long MINUTE = 60_000;

  private final Quotas quotas = new Quotas();

  @Test
  void eachMinuteOfTheBrokersTimeTakesAsManyEventsAsTheLimit() {
    assertThat(send("acme", 3, 5, NOON)).isEqualTo(3);
    assertThat(send("acme", 3, 5, NOON + MINUTE - 1)).isZero();
    assertThat(send("acme", 3, 5, NOON + MINUTE)).isEqualTo(3);
  }

  @Test
  void aBacklogIsJudgedAsItWasSentHoweverFastItIsRead() {
    int accepted = 0;
    for (int minute = 0; minute < 60; minute++) {
      accepted += send("acme", 10, 20, NOON + minute * MINUTE);
    }

    assertThat(accepted).isEqualTo(600);
  }

  @Test
  void clientsAreCountedEachByItselfAndThoseWithoutALimitNotAtAll() {
    assertThat(send("acme", 2, 3, NOON)).isEqualTo(2);
    assertThat(send("globex", 1, 3, NOON)).isEqualTo(1);
    assertThat(send("free", null, 100_000, NOON)).isEqualTo(100_000);
    assertThat(quotas.size()).isEqualTo(2);
  }

  @Test
  void aChangedLimitCountsAtOnce() {
    assertThat(send("acme", 2, 5, NOON)).isEqualTo(2);
    assertThat(send("acme", 4, 5, NOON)).isEqualTo(2);
    assertThat(send("acme", 1, 5, NOON)).isZero();
    assertThat(send("acme", null, 5, NOON)).isEqualTo(5);
  }

  @Test
  void aBrokersClockThatIsALittleBehindBeginsNoMinuteOfItsOwn() {
    int accepted = 0;
    for (int i = 0; i < 10; i++) {
      accepted += send("acme", 4, 1, NOON);
      accepted += send("acme", 4, 1, NOON - 1);
    }

    assertThat(accepted).isEqualTo(4);
  }

  @Test
  void aTimestampOfTheFutureDoesNotCloseTheClientUntilThen() {
    send("acme", 2, 2, NOON + 1_000 * MINUTE);

    assertThat(send("acme", 2, 5, NOON)).isEqualTo(2);
  }

  @Test
  void clientsOfMinutesGoneByAreForgotten() {
    for (int i = 0; i < 10_000; i++) {
      send("client-" + i, 1, 1, NOON);
    }

    send("one-more", 1, 1, NOON + 2 * MINUTE);

    assertThat(quotas.size()).isEqualTo(1);
  }

  /** Sends so many events of one time; returns how many were accepted. */
  private int send(String clientId, @Nullable Integer limit, int count, long timestampMillis) {
    ClientMetadata client =
        new ClientMetadata(
            clientId,
            ClientStatus.ACTIVE,
            "client_" + clientId,
            "default",
            List.of(),
            limit,
            Retention.DEFAULT);
    int accepted = 0;
    for (int i = 0; i < count; i++) {
      if (quotas.allows(client, timestampMillis)) {
        quotas.accepted(client, timestampMillis);
        accepted++;
      }
    }
    return accepted;
  }
}
