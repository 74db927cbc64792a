package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.metadata.ClientRow;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What scripts get of any client; {@code maxEventsPerMinute} null: no limit. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ClientView(
    String clientId,
    String name,
    ClientStatus status,
    String database,
    String target,
    int retentionDays,
    Retention.From retentionFrom,
    @Nullable Integer maxEventsPerMinute,
    Instant createdAt) {
  static ClientView of(ClientRow client) {
    return new ClientView(
        client.clientId(),
        client.name(),
        client.status(),
        client.database(),
        client.target(),
        client.retention().days(),
        client.retention().from(),
        client.maxEventsPerMinute(),
        client.createdAt());
  }
}
