package io.penstock.provisioning.target;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a question to a target has shown.
 *
 * @param target its name
 * @param ok whether it can be used
 * @param version null if it did not answer
 * @param tookMillis from connecting to the first answer
 * @param clockAheadMillis how far its clock is ahead of this machine's, to within half of the round
 *     trip; negative: behind
 * @param databases how many it has; -1 if it was not asked
 * @param problems a sentence each; empty: all is well
 * @param notes what is worth knowing and no problem
 */
public record TargetReport(
    String target,
    @JsonIgnore String url,
    boolean ok,
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

  /** It can be used if there are no problems. */
  public TargetReport(
      String target,
      String url,
      @Nullable String version,
      long tookMillis,
      long clockAheadMillis,
      long databases,
      List<String> problems,
      List<String> notes) {
    this(
        target,
        url,
        problems.isEmpty(),
        version,
        tookMillis,
        clockAheadMillis,
        databases,
        problems,
        notes);
  }
}
