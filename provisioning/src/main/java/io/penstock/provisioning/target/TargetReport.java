package io.penstock.provisioning.target;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a question to a target has shown.
 *
 * @param version null if it did not answer
 * @param tookMillis from connecting to the first answer
 * @param clockAheadMillis how far its clock is ahead of this machine's, to within half of the round
 *     trip; negative: behind
 * @param databases how many it has; -1 if it was not asked
 * @param problems a sentence each; empty: all is well
 * @param notes what is worth knowing and no problem
 */
public record TargetReport(
    String name,
    String url,
    @Nullable String version,
    long tookMillis,
    long clockAheadMillis,
    long databases,
    List<String> problems,
    List<String> notes) {
  /** Copies the lists. */
  public TargetReport {
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  /** Whether it can be used. */
  public boolean ok() {
    return problems.isEmpty();
  }
}
