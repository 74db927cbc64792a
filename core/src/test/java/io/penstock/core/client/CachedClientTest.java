package io.penstock.core.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CachedClientTest {
  private static final Instant CREATED = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final ApiKey FIRST =
      new ApiKey(ApiKeyHash.ofKey("first"), CREATED, CREATED.plusSeconds(60), null);
  private static final ApiKey SECOND =
      new ApiKey(ApiKeyHash.ofKey("second"), CREATED, null, CREATED.plusSeconds(9));
  private static final ClientMetadata CLIENT =
      new ClientMetadata(
          "acme", ClientStatus.ACTIVE, "client_acme", "default", List.of(FIRST, SECOND));

  @Test
  void sameClientAgreesWhateverTheOrderOfItsKeys() {
    assertThat(CachedClient.agrees(CLIENT, encoded(CLIENT))).isTrue();
    assertThat(CachedClient.agrees(CLIENT, encoded(withKeys(SECOND, FIRST)))).isTrue();
  }

  @Test
  void whatRedisCutsOffATimeIsNoDifference() {
    ApiKey finer = new ApiKey(FIRST.hash(), CREATED.plusNanos(321_000), FIRST.expiresAt(), null);

    assertThat(CachedClient.agrees(withKeys(finer, SECOND), encoded(CLIENT))).isTrue();
  }

  @Test
  void nothingHeldAndWhatCannotBeReadAgree() {
    assertThat(CachedClient.agrees(CLIENT, null)).isTrue();
    assertThat(CachedClient.agrees(CLIENT, "{\"v\":2}")).isTrue();
  }

  @Test
  void otherStatusDatabaseTargetOrKeysDisagree() {
    assertThat(
            List.of(
                new ClientMetadata(
                    "acme", ClientStatus.SUSPENDED, "client_acme", "default", CLIENT.keys()),
                new ClientMetadata(
                    "acme", ClientStatus.ACTIVE, "client_other", "default", CLIENT.keys()),
                new ClientMetadata("acme", ClientStatus.ACTIVE, "client_acme", "eu", CLIENT.keys()),
                withKeys(FIRST),
                withKeys(FIRST, new ApiKey(SECOND.hash(), CREATED, null, null))))
        .allSatisfy(cached -> assertThat(CachedClient.agrees(CLIENT, encoded(cached))).isFalse());
  }

  @Test
  void clientThatRedisCallsUnknownDisagrees() {
    assertThat(CachedClient.agrees(CLIENT, ClientCodec.encode(new Lookup.Unknown()))).isFalse();
  }

  private static ClientMetadata withKeys(ApiKey... keys) {
    return new ClientMetadata("acme", ClientStatus.ACTIVE, "client_acme", "default", List.of(keys));
  }

  private static String encoded(ClientMetadata client) {
    return ClientCodec.encode(new Lookup.Found(client));
  }
}
