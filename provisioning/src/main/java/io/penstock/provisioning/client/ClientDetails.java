package io.penstock.provisioning.client;

import io.penstock.core.metadata.ClientRow;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client as an operator sees it.
 *
 * @param keys all, newest first
 * @param migrations what was applied to its database, in order
 * @param recent its latest audit entries, newest first
 */
public record ClientDetails(
    ClientRow summary, List<Key> keys, List<Applied> migrations, List<Audit> recent) {
  /**
   * A key without its secret.
   *
   * @param fingerprint the first eight digits of its hash
   */
  public record Key(
      String fingerprint,
      String label,
      Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant revokedAt) {
    /** "valid", "expired" or "revoked", for events that Kafka accepts at {@code now}. */
    public String state(Instant now) {
      if (revokedAt != null && !revokedAt.isAfter(now)) {
        return "revoked";
      }
      return expiresAt != null && !expiresAt.isAfter(now) ? "expired" : "valid";
    }
  }

  /**
   * One migration of the client's database.
   *
   * @param scope "all": every client gets it; "client": this one alone
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
