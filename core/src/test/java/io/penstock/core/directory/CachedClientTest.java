package io.penstock.core.directory;

import static io.penstock.core.directory.CachedClient.AGREES;
import static io.penstock.core.directory.CachedClient.DIFFERS;
import static io.penstock.core.directory.CachedClient.FOREIGN;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CachedClientTest {
  private static final RedisSignature SIGNATURE = RedisSignatureTest.signature("s", null);
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
    assertThat(compare(CLIENT, encoded(CLIENT))).isEqualTo(AGREES);
    assertThat(compare(CLIENT, encoded(withKeys(SECOND, FIRST)))).isEqualTo(AGREES);
  }

  @Test
  void whatRedisCutsOffATimeIsNoDifference() {
    ApiKey finer = new ApiKey(FIRST.hash(), CREATED.plusNanos(321_000), FIRST.expiresAt(), null);

    assertThat(compare(withKeys(finer, SECOND), encoded(CLIENT))).isEqualTo(AGREES);
  }

  @Test
  void nothingHeldAgreesAndWhatIsNotSignedIsForeign() {
    assertThat(compare(CLIENT, null)).isEqualTo(AGREES);
    assertThat(compare(CLIENT, signed("{\"v\":2}"))).isEqualTo(FOREIGN);
    assertThat(compare(CLIENT, ClientCodec.encode(new Lookup.Found(CLIENT)))).isEqualTo(FOREIGN);
  }

  @Test
  void otherStatusDatabaseTargetKeysLimitOrRetentionDisagree() {
    assertThat(
            List.of(
                new ClientMetadata(
                    "acme", ClientStatus.SUSPENDED, "client_acme", "default", CLIENT.keys()),
                new ClientMetadata(
                    "acme", ClientStatus.ACTIVE, "client_other", "default", CLIENT.keys()),
                new ClientMetadata("acme", ClientStatus.ACTIVE, "client_acme", "eu", CLIENT.keys()),
                with(600, Retention.DEFAULT),
                with(null, new Retention(30, Retention.From.EVENT_TIME)),
                with(null, new Retention(365, Retention.From.ARRIVAL)),
                withKeys(FIRST),
                withKeys(FIRST, new ApiKey(SECOND.hash(), CREATED, null, null))))
        .allSatisfy(cached -> assertThat(compare(CLIENT, encoded(cached))).isEqualTo(DIFFERS));
  }

  @Test
  void clientThatRedisCallsUnknownDisagrees() {
    assertThat(compare(CLIENT, signed(ClientCodec.encode(new Lookup.Unknown()))))
        .isEqualTo(DIFFERS);
  }

  private static CachedClient compare(ClientMetadata client, @Nullable String text) {
    return CachedClient.compare(SIGNATURE, client, text);
  }

  private static String signed(String value) {
    return SIGNATURE.sign("acme", Instant.now().plusSeconds(3_600), value);
  }

  private static ClientMetadata with(@Nullable Integer limit, Retention retention) {
    return new ClientMetadata(
        "acme", ClientStatus.ACTIVE, "client_acme", "default", CLIENT.keys(), limit, retention);
  }

  private static ClientMetadata withKeys(ApiKey... keys) {
    return new ClientMetadata("acme", ClientStatus.ACTIVE, "client_acme", "default", List.of(keys));
  }

  private static String encoded(ClientMetadata client) {
    return signed(ClientCodec.encode(new Lookup.Found(client)));
  }
}
