package io.penstock.core.config;

/** What to do with a dead letter that does not fit its topic. */
public enum Oversize {
  /** End the router with a message; nothing is lost. */
  STOP,
  /** Log it, count it and go on: the event is lost. */
  DISCARD
}
