package io.penstock.provisioning.job;

import java.sql.SQLException;

/**
 * A part of a job with a name. The name is in PostgreSQL before the step runs, so the run after one
 * that was killed begins with it: whatever a step does must be right also if it was done before,
 * wholly or half.
 */
public sealed interface Step {
  /** Small letters and dashes; a contract between releases, since jobs outlive them. */
  String name();

  /** Does something, then the job goes on. */
  record Work(String name, Action action) implements Step {}

  /** Lets the job go on, or ends this run of it; a later one looks again. */
  record Gate(String name, Condition open) implements Step {}

  /** What a step does. */
  interface Action {
    /**
     * @throws StepFailed with the reason, which is noted
     */
    void run() throws SQLException, StepFailed;
  }

  /** What a gate asks. */
  interface Condition {
    /** Whether the job may go on. */
    boolean holds() throws SQLException, StepFailed;
  }
}
