package io.penstock.core.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the router needs to know of a client.
 *
 * @param database its ClickHouse database
 * @param target the name of the ClickHouse server or cluster that holds the database
 * @param keys every key it ever had, expired and revoked ones included, so that the reason of a
 *     refusal can be told
 * @param maxEventsPerMinute how many of its events each partition accepts in a minute of the
 *     broker's time; null: as many as come
 * @param retention how long its events are kept
 */
public record ClientMetadata(
    String clientId,
    ClientStatus status,
    String database,
    String target,
    List<ApiKey> keys,
    @Nullable Integer maxEventsPerMinute,
    Retention retention) {
  /** Copies the list. */
  public ClientMetadata {
    keys = List.copyOf(keys);
  }

  /** A client without a limit and with the default retention. */
  public ClientMetadata(
      String clientId, ClientStatus status, String database, String target, List<ApiKey> keys) {
    this(clientId, status, database, target, keys, null, Retention.DEFAULT);
  }
}
