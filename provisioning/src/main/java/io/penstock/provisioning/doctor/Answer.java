package io.penstock.provisioning.doctor;

/** What a part answered, or why it did not. */
sealed interface Answer<T> {
  /** The part's answer. */
  record Answered<T>(T facts, long tookMillis) implements Answer<T> {}

  /**
   * The part did not answer, or refused.
   *
   * @param why for people, without secrets
   */
  record Silent<T>(String why, long tookMillis) implements Answer<T> {}
}
