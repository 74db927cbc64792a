package io.penstock.provisioning.client;

import io.penstock.core.client.ClientStatus;
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
    Summary summary,
    Instant updatedAt,
    List<Key> keys,
    List<Applied> migrations,
    List<Audit> recent) {
  /** One line of the list. */
  public record Summary(
      String clientId,
      String name,
      ClientStatus status,
      String database,
      String target,
      int retentionDays,
      Instant createdAt) {}

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
      @Nullable Instant revokedAt) {}

  /** One migration of the client's database. */
  public record Applied(
      int version, String description, String outcome, Instant appliedAt, long durationMillis) {}

  /** One audit entry. */
  public record Audit(Instant at, String actor, String action, String detail) {}
}
