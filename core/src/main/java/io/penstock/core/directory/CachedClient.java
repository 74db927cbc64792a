package io.penstock.core.directory;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.Lookup;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a client in Redis compares with the client in PostgreSQL. */
public enum CachedClient {
  /** Redis holds nothing, or what PostgreSQL says. */
  AGREES,
  /** Redis holds something else, which routers may act on. */
  DIFFERS,
  /**
   * Redis holds an entry that has no valid signature, or that this version cannot read: routers
   * ignore it.
   */
  FOREIGN;

  private static final Comparator<ApiKey> BY_HASH =
      Comparator.comparing((ApiKey key) -> key.hash().toHex());

  /**
   * Compares; keys may come in any order, and times agree when their milliseconds do.
   *
   * @param client as PostgreSQL has it
   * @param text the value in Redis; null: none
   */
  public static CachedClient compare(
      RedisSignature signature, ClientMetadata client, @Nullable String text) {
    if (text == null) {
      return AGREES;
    }
    return switch (signature.open(client.clientId(), text, Instant.now())) {
      case RedisSignature.Opened.Refused _ -> FOREIGN;
      case RedisSignature.Opened.Valid(String value) ->
          switch (ClientCodec.decode(client.clientId(), value)) {
            case null -> FOREIGN;
            case Lookup.Found(ClientMetadata cached) ->
                canonical(cached).equals(canonical(client)) ? AGREES : DIFFERS;
            case Lookup.Unknown(), Lookup.Unavailable(String _) -> DIFFERS;
          };
    };
  }

  private static String canonical(ClientMetadata client) {
    List<ApiKey> keys = client.keys().stream().sorted(BY_HASH).toList();
    return ClientCodec.encode(
        new Lookup.Found(
            new ClientMetadata(
                client.clientId(),
                client.status(),
                client.database(),
                client.target(),
                keys,
                client.maxEventsPerMinute(),
                client.retention())));
  }
}
