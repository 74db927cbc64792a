package io.penstock.core.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.refusal.Refusal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A parser with the limits that the router has by default, and events for it. */
final class ParserFixture {
  static final Instant EARLIEST = Instant.parse("1980-01-01T00:00:00Z");
  static final Duration MAX_AHEAD = Duration.ofDays(1);
  static final int MAX_RECORD_BYTES = 1 << 20;

  /** When the broker accepted every record. */
  static final Instant ACCEPTED = Instant.parse("2026-03-01T12:00:00Z");

  static final String HASH = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private static final String REQUIRED =
      "\"client_id\":\"acme\",\"api_key_hash\":\"" + HASH + "\",\"event_name\":\"signup\"";

  final EventParser parser =
      new EventParser(
          new EventLimits(MAX_RECORD_BYTES, EARLIEST.toEpochMilli(), MAX_AHEAD.toMillis()));

  /** A valid event with these members beside the required ones. */
  static String eventWith(String... members) {
    String more = String.join(",", members);
    return "{" + REQUIRED + (more.isEmpty() ? "" : "," + more) + "}";
  }

  @Nullable Refusal parse(byte @Nullable [] value) {
    return parser.parse(value, null, null, ACCEPTED.toEpochMilli());
  }

  Event accept(byte[] value) {
    Refusal refusal = parse(value);
    assertThat(refusal).isNull();
    return parser.event();
  }

  Event accept(String json) {
    return accept(json.getBytes(UTF_8));
  }

  Refusal reject(byte @Nullable [] value) {
    Refusal refusal = parse(value);
    if (refusal == null) {
      throw new AssertionError("accepted, though it should have been rejected");
    }
    return refusal;
  }

  Refusal reject(String json) {
    return reject(json.getBytes(UTF_8));
  }
}
