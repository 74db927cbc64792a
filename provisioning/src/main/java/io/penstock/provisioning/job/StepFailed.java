package io.penstock.provisioning.job;

import org.jspecify.annotations.Nullable;

/** A step of a job did not work; the message is the reason that operators read. */
public final class StepFailed extends Exception {
  private static final long serialVersionUID = 1;

  private static final int MAX_REASON = 1_000;

  private final Kind kind;

  private enum Kind {
    FAILED,
    PARTLY,
    NOT_TRIED
  }

  /**
   * @param reason a sentence; what is beyond 1,000 characters is cut off
   */
  public StepFailed(String reason) {
    this(reason, Kind.FAILED, null);
  }

  /**
   * @param cause what a driver threw
   */
  public StepFailed(String reason, @Nullable Throwable cause) {
    this(reason, Kind.FAILED, cause);
  }

  private StepFailed(String reason, Kind kind, @Nullable Throwable cause) {
    super(cut(reason), cause);
    this.kind = kind;
  }

  /** A failure after steps that stay done; {@code reason} says which, and to run the job again. */
  public static StepFailed partly(String reason) {
    return partly(reason, null);
  }

  /**
   * The same.
   *
   * @param cause what a driver threw
   */
  public static StepFailed partly(String reason, @Nullable Throwable cause) {
    return new StepFailed(reason, Kind.PARTLY, cause);
  }

  /** A step that was not begun, for a reason that an earlier client's step has met. */
  public static StepFailed notTried(String why) {
    return new StepFailed(why, Kind.NOT_TRIED, null);
  }

  /** Whether it was not begun. */
  public boolean notTried() {
    return kind == Kind.NOT_TRIED;
  }

  /** Whether something was done before. */
  public boolean partly() {
    return kind == Kind.PARTLY;
  }

  private static String cut(String reason) {
    return reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
  }

  /** The reason. */
  public String reason() {
    return String.valueOf(getMessage());
  }

  /** The first line of what a server or driver said; the rest is version and stack. */
  public static String firstLine(Exception e) {
    String message = String.valueOf(e.getMessage()).strip();
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
