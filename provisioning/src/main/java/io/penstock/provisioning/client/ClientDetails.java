package io.penstock.provisioning.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.job.Job;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client as an operator sees it.
 *
 * @param jobs that are open
 * @param keys all, newest first
 * @param migrations what was applied to its database, in order
 * @param audit its latest audit entries, newest first
 */
public record ClientDetails(
    ClientRow summary,
    List<Job.Seen> jobs,
    List<Key> keys,
    List<Applied> migrations,
    List<Audit> audit) {
  /**
   * A key without its secret.
   *
   * @param fingerprint the first eight digits of its hash
   * @param state "valid", "expired" or "revoked", for events that Kafka accepts now
   * @param label for people
   * @param expiresAt null: never
   * @param revokedAt null: it is not
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Key(
      String fingerprint,
      String state,
      String label,
      Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant revokedAt) {
    /** Its state is that at {@code now}. */
    static Key at(
        Instant now,
        String fingerprint,
        String label,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant revokedAt) {
      String state = "valid";
      if (revokedAt != null && !revokedAt.isAfter(now)) {
        state = "revoked";
      } else if (expiresAt != null && !expiresAt.isAfter(now)) {
        state = "expired";
      }
      return new Key(fingerprint, state, label, createdAt, expiresAt, revokedAt);
    }
  }

  /**
   * One migration of the client's database.
   *
   * @param scope "all": every client gets it; "client": this one alone
   * @param version its file's
   */
  public record Applied(
      String scope,
      int version,
      String description,
      String outcome,
      Instant appliedAt,
      long durationMillis) {}

  /** One audit entry. */
  public record Audit(Instant at, String actor, String action, String detail) {}
}
