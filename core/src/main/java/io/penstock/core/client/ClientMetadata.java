package io.penstock.core.client;

import java.util.List;

/**
 * What the router needs to know of a client.
 *
 * @param database its ClickHouse database
 * @param target the name of the ClickHouse server or cluster that holds the database
 * @param keys every key it ever had, expired and revoked ones included, so that the reason of a
 *     refusal can be told
 */
public record ClientMetadata(
    String clientId, ClientStatus status, String database, String target, List<ApiKey> keys) {
  /** Copies the list. */
  public ClientMetadata {
    keys = List.copyOf(keys);
  }
}
