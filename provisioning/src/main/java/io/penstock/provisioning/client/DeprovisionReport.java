package io.penstock.provisioning.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a deprovisioning did, or would do.
 *
 * @param state how far it is
 * @param events rows in the client's database before it was dropped
 * @param bytes what they took on disk
 * @param exported files of events that were written
 * @param keysRevoked how many keys this revoked
 * @param deadLetters that are outstanding, or were before they were discarded; -1: not counted
 * @param deadLettersDiscarded whether they were, or would be, discarded
 * @param until when its data goes, while it can be taken back; null: now
 * @param notices what else an operator should know
 */
public record DeprovisionReport(
    String clientId,
    State state,
    String database,
    String target,
    long events,
    long bytes,
    List<String> exported,
    int keysRevoked,
    long deadLetters,
    boolean deadLettersDiscarded,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant until,
    List<String> notices) {
  /** How far the deprovisioning is. */
  public enum State {
    /** Nothing was done: the report says what would be done. Scripts know it by another word. */
    @JsonProperty("planned")
    FORECAST,
    /** Its events are refused; its data is there until the time of grace is over. */
    WAITING,
    /** All is done. */
    DEPROVISIONED,
    /** An earlier run has done everything. */
    UNCHANGED
  }
}
