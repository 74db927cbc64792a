package io.penstock.core.refusal;

/** Where on its way an event failed; the value of the header {@code penstock.dlq.stage}. */
public enum Stage {
  /** The bytes did not satisfy the event contract, or the client has used up its limit. */
  INTAKE,
  /** The client or its key was not allowed to store the event. */
  AUTH,
  /** ClickHouse refused the row, or the client's database could not take it. */
  INSERT;

  /** The spelling used in headers and metrics. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
