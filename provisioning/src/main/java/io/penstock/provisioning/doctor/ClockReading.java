package io.penstock.provisioning.doctor;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A server's clock against this machine's.
 *
 * @param askedAt this machine's clock before the question
 * @param server what the server said
 * @param answeredAt this machine's clock when the answer was there
 */
record ClockReading(Instant askedAt, Instant server, Instant answeredAt) {
  private static final Duration NOTICEABLE = Duration.ofSeconds(2);
  private static final Duration HARMFUL = Duration.ofSeconds(30);

  /**
   * By how much the clocks differ for certain: the server read its clock at some moment between
   * question and answer. Positive: the server is ahead.
   */
  Duration skew() {
    if (server.isBefore(askedAt)) {
      return Duration.between(askedAt, server);
    }
    return server.isAfter(answeredAt) ? Duration.between(answeredAt, server) : Duration.ZERO;
  }

  /** Nothing if the clocks agree well enough. */
  Optional<Finding> judge(String whose) {
    Duration skew = skew();
    if (skew.abs().compareTo(NOTICEABLE) <= 0) {
      return Optional.empty();
    }
    String what =
        "the clock of %s is %.1f s %s this machine's"
            .formatted(
                whose, skew.abs().toMillis() / 1000.0, skew.isNegative() ? "behind" : "ahead of");
    String remedy =
        "synchronise both by NTP: keys expire, and grace periods end, by PostgreSQL's clock";
    return Optional.of(
        skew.abs().compareTo(HARMFUL) > 0
            ? Finding.error(what, remedy)
            : Finding.warning(what, remedy));
  }
}
