package io.penstock.core.deadletter;

import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong with one event.
 *
 * @param client the client id that the event claims, null if it could not be read
 * @param subject what the failure is about, for the fingerprint: a field of the contract, a column,
 *     or a bug's exception; "" if none of them
 * @param detail for a person; no secrets, no payload
 * @param clickHouseCode ClickHouse's error code, 0 if ClickHouse was not asked
 * @param stackTrace of the bug that it is; null if it is none
 */
public record Failure(
    Reason reason,
    @Nullable String client,
    String subject,
    String detail,
    int clickHouseCode,
    @Nullable String stackTrace) {
  private static final int MAX_STACK_TRACE = 16 << 10;

  /** A failure of intake or authentication. */
  public static Failure of(Refusal refusal, @Nullable String client) {
    return new Failure(refusal.reason(), client, refusal.field(), refusal.detail(), 0, null);
  }

  /** A failure to insert. */
  public static Failure ofInsert(
      Reason reason, @Nullable String client, String column, String detail, int clickHouseCode) {
    return new Failure(reason, client, column, detail, clickHouseCode, null);
  }

  /** A bug: the same record has failed this way each time. */
  public static Failure ofBug(Throwable bug, int attempts) {
    StringWriter trace = new StringWriter();
    bug.printStackTrace(new PrintWriter(trace));
    String text = trace.toString();
    return new Failure(
        Reason.PROCESSING_FAILED,
        null,
        bug.getClass().getSimpleName(),
        "a bug of the router: %s, in each of %d attempts"
            .formatted(bug.getClass().getName(), attempts),
        0,
        text.length() <= MAX_STACK_TRACE ? text : text.substring(0, MAX_STACK_TRACE));
  }

  /**
   * Names the cause: the same for every event that failed alike, whatever its content. {@code
   * stage:reason:code:subject}.
   */
  public String fingerprint() {
    return reason.stage().label() + ":" + reason + ":" + clickHouseCode + ":" + subject;
  }
}
