package io.penstock.core.intake;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.deadletter.Failure;

/**
 * What is to become of one record.
 *
 * @param <E> what a record of the contract is once it is accepted
 */
public sealed interface Verdict<E> {
  /**
   * The record's rows are stored.
   *
   * @param client who sent it: whose limit it counts against
   * @param content read before the next record is judged
   */
  record Accepted<E>(ClientMetadata client, E content) implements Verdict<E> {}

  /** The record becomes a dead letter. */
  record Refused<E>(Failure failure) implements Verdict<E> {}

  /** Nobody can say now whose record it is: a look-up failed, which is no reason to refuse it. */
  record Undecided<E>(String detail) implements Verdict<E> {}
}
