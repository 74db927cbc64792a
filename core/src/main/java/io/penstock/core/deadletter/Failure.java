package io.penstock.core.deadletter;

import io.penstock.core.event.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong with one event.
 *
 * @param client the client id that the event claims, null if it could not be read
 * @param subject what the failure is about, for the fingerprint: a field of the contract or a
 *     column; "" if neither
 * @param detail for a person; no secrets, no payload
 * @param clickHouseCode ClickHouse's error code, 0 if ClickHouse was not asked
 */
public record Failure(
    Reason reason, @Nullable String client, String subject, String detail, int clickHouseCode) {

  /** A failure of intake or authentication. */
  public static Failure of(Rejection rejection, @Nullable String client) {
    return new Failure(rejection.reason(), client, rejection.field(), rejection.detail(), 0);
  }

  /**
   * Names the cause: the same for every event that failed alike, whatever its content. {@code
   * stage:reason:code:subject}.
   */
  public String fingerprint() {
    return reason.stage().label() + ":" + reason + ":" + clickHouseCode + ":" + subject;
  }
}
