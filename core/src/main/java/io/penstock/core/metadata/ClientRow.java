package io.penstock.core.metadata;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of PostgreSQL's table {@code clients}.
 *
 * @param maxEventsPerMinute null: no limit
 * @param provisionedAt when it became active for the first time; null: it has and had no database
 * @param deprovisionAt until when a deprovisioning can be taken back; null: no such time was given
 * @param dropStartedAt since when its data is going; null: it is not
 */
public record ClientRow(
    String clientId,
    String name,
    ClientStatus status,
    String database,
    String target,
    Retention retention,
    @Nullable Integer maxEventsPerMinute,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant provisionedAt,
    @Nullable Instant deprovisionAt,
    @Nullable Instant dropStartedAt) {
  /** Whether it has or had a database. */
  public boolean provisioned() {
    return provisionedAt != null;
  }
}
