package io.penstock.core.intake;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.event.Event;

/** What is to become of one record. */
public sealed interface Verdict {
  /**
   * The event goes to its client's database.
   *
   * @param event read before the next record is judged
   */
  record Accepted(ClientMetadata client, Event event) implements Verdict {}

  /** The record becomes a dead letter. */
  record Refused(Failure failure) implements Verdict {}

  /** Nobody can say now whose event it is: a look-up failed, which is no reason to refuse it. */
  record Undecided(String detail) implements Verdict {}
}
