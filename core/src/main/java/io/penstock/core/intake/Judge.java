package io.penstock.core.intake;

import io.penstock.core.deadletter.Arrival;

/** Judges records, one at a time. One per stream thread; not thread-safe. */
public interface Judge {
  /**
   * Decides what is to become of a record; never throws for what the record contains.
   *
   * @param arrival how the record came
   */
  Verdict judge(IncomingRecord record, Arrival arrival);
}
