package io.penstock.provisioning.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A long operation on one client, as PostgreSQL's table {@code jobs} has it (docs/adr/0021).
 *
 * @param kind what is to be done
 * @param actor who ran it last
 * @param step the one that runs, or ran last; those before it are done
 * @param progress numbers by name, of the steps that are done
 * @param files what it exported
 * @param outcome how it ended; null: it is open
 * @param error why the last run stopped; null: it did not, or was killed
 * @param startedAt when the first run began
 * @param updatedAt when it was last noted how far it is
 * @param endedAt null: it is open
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Job(
    @JsonIgnore long id,
    Kind kind,
    String clientId,
    String actor,
    String step,
    Map<String, Long> progress,
    List<String> files,
    @Nullable Outcome outcome,
    @Nullable String error,
    Instant startedAt,
    Instant updatedAt,
    @Nullable Instant endedAt) {
  /** What a job does. */
  public enum Kind {
    /** Makes a pending client active. */
    PROVISION,
    /** Ends a client. */
    DEPROVISION;

    /** As PostgreSQL has it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How a job ended. */
  public enum Outcome {
    /** All steps are done. */
    DONE,
    /** The client went back, or another way. */
    TAKEN_BACK
  }

  /**
   * A job as somebody else sees it.
   *
   * @param inWork whether a process is at work on the client now
   */
  public record Seen(@JsonUnwrapped Job job, boolean inWork) {}
}
