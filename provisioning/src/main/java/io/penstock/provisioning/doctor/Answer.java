package io.penstock.provisioning.doctor;

/** What came of asking a part. */
sealed interface Answer<T> {
  /** What it said. */
  record Answered<T>(T facts, long tookMillis) implements Answer<T> {}

  /**
   * It did not answer, or refused.
   *
   * @param why for people, without secrets
   */
  record Silent<T>(String why, long tookMillis) implements Answer<T> {}
}
