package io.penstock.core.client;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares what Redis holds of a client with what PostgreSQL says. */
public final class CachedClient {
  private static final Comparator<ApiKey> BY_HASH =
      Comparator.comparing((ApiKey key) -> key.hash().toHex());

  private CachedClient() {}

  /**
   * Whether a router that reads the text learns what it would learn from PostgreSQL. Nothing held,
   * and what this version cannot read, counts as agreement: a router then asks PostgreSQL. Keys may
   * come in any order, and times agree when their milliseconds do.
   *
   * @param client as PostgreSQL has it
   * @param text the value in Redis; null: none
   */
  public static boolean agrees(ClientMetadata client, @Nullable String text) {
    Lookup held = text == null ? null : ClientCodec.decode(client.clientId(), text);
    return switch (held) {
      case null -> true;
      case Lookup.Found(ClientMetadata cached) -> canonical(cached).equals(canonical(client));
      case Lookup.Unknown() -> false;
      case Lookup.Unavailable _ -> true;
    };
  }

  private static String canonical(ClientMetadata client) {
    List<ApiKey> keys = client.keys().stream().sorted(BY_HASH).toList();
    return ClientCodec.encode(
        new Lookup.Found(
            new ClientMetadata(
                client.clientId(), client.status(), client.database(), client.target(), keys)));
  }
}
