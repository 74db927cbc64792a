package io.penstock.provisioning.job;

/**
 * Told before each step of a job, by every thread that does one. A step is what either happened or
 * did not: one statement, one message. Whoever listens may end the process there; the tests do, to
 * show that a second run completes what the first one began.
 */
public interface Steps {
  /** Nobody listens. */
  Steps NONE = step -> {};

  /**
   * @param step names the step for a person, without the client's id
   */
  void before(String step);
}
