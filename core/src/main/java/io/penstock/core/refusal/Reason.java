package io.penstock.core.refusal;

/**
 * Why an event became a dead letter; the value of the header {@code penstock.dlq.reason}. The names
 * are a contract with on-call's tools, dashboards and alerts.
 */
public enum Reason {
  MALFORMED_JSON(Stage.INTAKE, Retry.AFTER_FIX),
  MISSING_FIELD(Stage.INTAKE, Retry.AFTER_FIX),
  INVALID_FIELD(Stage.INTAKE, Retry.AFTER_FIX),
  RECORD_TOO_LARGE(Stage.INTAKE, Retry.AFTER_FIX),
  EVENT_TIME_OUT_OF_RANGE(Stage.INTAKE, Retry.AFTER_FIX),
  /** A bug of the router: the dead letter has its stack trace. */
  PROCESSING_FAILED(Stage.INTAKE, Retry.AFTER_FIX),
  /**
   * The client has sent more in this minute than its limit; a replay is judged by its own minute.
   */
  QUOTA_EXCEEDED(Stage.INTAKE, Retry.AUTOMATIC),
  UNKNOWN_CLIENT(Stage.AUTH, Retry.AFTER_FIX),
  INVALID_API_KEY(Stage.AUTH, Retry.AFTER_FIX),
  KEY_EXPIRED(Stage.AUTH, Retry.AFTER_FIX),
  CLIENT_PENDING(Stage.AUTH, Retry.AUTOMATIC),
  CLIENT_SUSPENDED(Stage.AUTH, Retry.AUTOMATIC),
  /** The client is being ended; until its data goes, that can be taken back. */
  CLIENT_DEPROVISIONING(Stage.AUTH, Retry.AUTOMATIC),
  CLIENT_DEPROVISIONED(Stage.AUTH, Retry.AFTER_FIX),
  /** ClickHouse refused this very row. */
  ROW_REJECTED(Stage.INSERT, Retry.AFTER_FIX),
  /** Parked: the client's database or table is missing, denied or over quota. */
  CLIENT_UNAVAILABLE(Stage.INSERT, Retry.AUTOMATIC);

  private final Stage stage;
  private final Retry retry;

  Reason(Stage stage, Retry retry) {
    this.stage = stage;
    this.retry = retry;
  }

  public Stage stage() {
    return stage;
  }

  public Retry retry() {
    return retry;
  }
}
