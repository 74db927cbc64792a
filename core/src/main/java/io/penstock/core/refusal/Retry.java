package io.penstock.core.refusal;

/** Whether a dead letter can succeed later; the value of the header {@code penstock.dlq.retry}. */
public enum Retry {
  /** Somebody has to change the event, the client or the schema first. */
  AFTER_FIX("after-fix"),
  /** It heals by itself once the client can take events again; the reprocessor replays it. */
  AUTOMATIC("automatic");

  private final String label;

  Retry(String label) {
    this.label = label;
  }

  /** The spelling used in headers and metrics. */
  public String label() {
    return label;
  }
}
