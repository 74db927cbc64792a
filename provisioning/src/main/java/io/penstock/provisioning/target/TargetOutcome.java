package io.penstock.provisioning.target;

import java.util.List;

/** What became of a change of a target. */
public sealed interface TargetOutcome {
  /** The change is made and audited. */
  record Done() implements TargetOutcome {}

  /** The target had these settings already. */
  record Unchanged() implements TargetOutcome {}

  /** A target of this name exists. */
  record Taken() implements TargetOutcome {}

  /** There is no target of this name. */
  record Missing() implements TargetOutcome {}

  /**
   * Clients are placed on it.
   *
   * @param clients how many
   * @param some ids of a few of them
   */
  record InUse(long clients, List<String> some) implements TargetOutcome {}

  /**
   * What was asked for is not allowed.
   *
   * @param problems a sentence each
   */
  record Invalid(List<String> problems) implements TargetOutcome {}
}
