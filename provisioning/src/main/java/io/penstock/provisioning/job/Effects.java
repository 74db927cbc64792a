package io.penstock.provisioning.job;

/**
 * Told before each effect of whatever changes something, by every thread that does. An effect
 * either happened or did not: one statement, one message. Whoever listens may end the process
 * there; the tests do, to show that a second run completes what the first one began.
 */
public interface Effects {
  /** Nobody listens. */
  Effects NONE = effect -> {};

  /**
   * @param effect names it for a person, without the client's id
   */
  void before(String effect);
}
