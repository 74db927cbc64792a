package io.penstock.local;

/** What can be said of a part without asking it. */
public enum PartStatus {
  /** Its process lives. */
  RUNNING,
  /** Its process is paused by SIGSTOP. Only told where /proc exists; elsewhere it is RUNNING. */
  FROZEN,
  /** It was started and not stopped by us, and its process is gone. */
  DEAD,
  /** It was never started, or was stopped. */
  STOPPED
}
