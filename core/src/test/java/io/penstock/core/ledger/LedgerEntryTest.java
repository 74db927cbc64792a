package io.penstock.core.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.ledger.LedgerEntry.Letters;
import io.penstock.core.ledger.LedgerEntry.Lost;
import io.penstock.core.ledger.LedgerEntry.Rows;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class LedgerEntryTest {
  private static final Instant TEN = Instant.parse("2026-11-27T10:00:00Z");

  private static LedgerEntry entry(long end, long stored) {
    return new LedgerEntry(
        "events",
        new Uuid(1, 2),
        3,
        100,
        end,
        TEN.plusMillis(1),
        TEN.plusMillis(2),
        stored,
        2,
        3,
        new Lost(1, 0, 1),
        List.of(new Rows("acme", "events_base", TEN, stored, -1)),
        List.of(new Letters("", "MALFORMED_JSON", TEN, 2)),
        "ab",
        "router-1",
        "0.1.0",
        TEN);
  }

  /** The fields are a contract: the table's columns are named so. */
  @Test
  void anEntryIsOneLineOfJsonWithTheTablesColumns() {
    assertThat(new String(entry(117, 10).toJson(), UTF_8))
        .isEqualTo(
            """
            {"topic":"events","topic_id":"AAAAAAAAAAEAAAAAAAAAAg","partition":3,"start_offset":100,"end_offset":117,\
            "first_at":"2026-11-27T10:00:00.001Z","last_at":"2026-11-27T10:00:00.002Z","stored":10,"dead_letters":2,\
            "not_delivered":3,"lost_expired":1,"lost_with_topic":0,"lost_discarded":1,"rows.client":["acme"],\
            "rows.table_name":["events_base"],"rows.hour":["2026-11-27T10:00:00Z"],"rows.count":[10],\
            "rows.digest":["18446744073709551615"],"letters.client":[""],"letters.reason":["MALFORMED_JSON"],\
            "letters.hour":["2026-11-27T10:00:00Z"],"letters.count":[2],"tokens":"ab","router":"router-1",\
            "version":"0.1.0","written_at":"2026-11-27T10:00:00Z"}\
            """);
    assertThat(entry(117, 10).key()).isEqualTo("AAAAAAAAAAEAAAAAAAAAAg 3 100".getBytes(UTF_8));
  }

  @Test
  void whatWasWrittenIsReadAgain() {
    LedgerEntry written = entry(117, 10);
    assertThat(LedgerEntry.parse(written.toJson())).isEqualTo(written);
  }

  @Test
  void anOffsetThatIsNotCountedOrCountedTwiceIsNoEntry() {
    assertThatThrownBy(() -> entry(117, 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100 to 117 of events-3");
    assertThatThrownBy(() -> entry(117, 11)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> entry(100, -7)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsNoEntryIsSaidToBeNone() {
    String good = new String(entry(117, 10).toJson(), UTF_8);
    for (String bad :
        List.of(
            "",
            "[]",
            "null",
            "{",
            "{}",
            good.replace("\"start_offset\":100", "\"start_offset\":\"x\""),
            good.replace("\"end_offset\":117", "\"end_offset\":118"),
            good.replace("\"rows.count\":[10]", "\"rows.count\":[]"),
            good.replace("\"rows.hour\":[\"2026", "\"rows.hour\":[\"x"),
            good.replace("AAAAAAAAAAEAAAAAAAAAAg", "?"))) {
      assertThatThrownBy(() -> LedgerEntry.parse(bad.getBytes(UTF_8)))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
    LedgerEntry later =
        LedgerEntry.parse(good.replace("{\"topic\"", "{\"new\":[1],\"topic\"").getBytes(UTF_8));
    assertThat(later).isEqualTo(entry(117, 10));
  }
}
