package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.testkit.SharedStack;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients with a limit of events a minute: what is above it is a dead letter, and counted. */
class QuotaIT {
  private static final int LIMIT = 40;

  private final Scenario scenario = new Scenario(Map.copyOf(SharedStack.start()));

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void everyEventIsStoredOrADeadLetterAndNoMinuteOfAPartitionHasMoreThanTheLimit()
      throws SQLException {
    String limited = scenario.activeClient("limited");
    String free = scenario.activeClient("free");
    limit(limited);
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      send(limited, 600);
      send(free, 600);
      scenario.awaitAccounted();

      long stored = scenario.stored.count(Scenario.database(limited)).rows();
      long refused = scenario.deadLetters().total();
      assertThat(stored + refused).isEqualTo(600);
      assertThat(refused).isPositive();
      assertThat(scenario.deadLetters().byReason()).containsOnlyKeys("QUOTA_EXCEEDED");
      assertThat(scenario.deadLetters().byClient()).containsOnlyKeys(limited);
      assertThat(scenario.stored.count(Scenario.database(free)).rows()).isEqualTo(600);
      assertThat(
              scenario.stored.query(
                  "SELECT source_partition, toStartOfMinute(received_at) AS minute, count() AS n FROM `%s`.events_base GROUP BY ALL"
                      .formatted(Scenario.database(limited))))
          .isNotEmpty()
          .allSatisfy(minute -> assertThat(minute.getLong("n")).isLessThanOrEqualTo(LIMIT));
      ConsumerRecord<byte[], byte[]> letter = scenario.readDeadLetters().getFirst();
      assertThat(header(letter, DeadLetterHeaders.STAGE)).isEqualTo("intake");
      assertThat(header(letter, DeadLetterHeaders.RETRY)).isEqualTo("automatic");
      assertThat(header(letter, DeadLetterHeaders.DETAIL))
          .isEqualTo("the client's limit of 40 events a minute is used up");
    }
  }

  @Test
  void aRouterThatIsKilledLosesNothingThoughTheNextOneCountsAnew() throws SQLException {
    String limited = scenario.activeClient("limited");
    limit(limited);
    try (RouterProcess first = new RouterProcess(scenario.properties).awaitReady()) {
      send(limited, 2_000);
      scenario.awaitStored(LIMIT);
      first.kill();
    }
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady()) {
      send(limited, 200);
      scenario.awaitAccounted();
      Scenario.await(() ->
          scenario.storedNow() + scenario.deadLetters().total() - scenario.parkedAndStored(limited)
              == 2_200);
      // Rows that had landed before the kill may be there twice: the replay judged otherwise, under
      // other tokens. Nobody sees them.
      assertThat(
              scenario
                  .stored
                  .query(
                      "SELECT count() - uniqExact(event_id) AS doubles FROM `%s`.events"
                          .formatted(Scenario.database(limited)))
                  .getFirst()
                  .getLong("doubles"))
          .isZero();
    }
  }

  private void limit(String client) throws SQLException {
    try (Connection metadata =
            DriverManager.getConnection(
                scenario.config.postgres().url(),
                scenario.config.postgres().user(),
                scenario.config.postgres().password().reveal());
        PreparedStatement update =
            metadata.prepareStatement(
                "UPDATE clients SET max_events_per_minute = ? WHERE client_id = ?")) {
      update.setInt(1, LIMIT);
      update.setString(2, client);
      assertThat(update.executeUpdate()).isOne();
    }
  }

  private void send(String client, int count) {
    for (int i = 0; i < count; i++) {
      scenario.sendGood(client);
    }
    scenario.flush();
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}
