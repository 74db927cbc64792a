package io.penstock.core.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientCodecTest {
  private static final ApiKeyHash HASH = ApiKeyHash.ofKey("k");

  @ParameterizedTest
  @EnumSource
  void everyStatusComesBack(ClientStatus status) {
    Lookup client =
        new Lookup.Found(
            new ClientMetadata(
                "acme",
                status,
                "client_acme",
                "default",
                List.of(
                    new ApiKey(
                        HASH,
                        Instant.ofEpochMilli(1),
                        Instant.ofEpochMilli(2),
                        Instant.ofEpochMilli(3)),
                    new ApiKey(ApiKeyHash.ofKey("l"), Instant.ofEpochMilli(4), null, null))));

    assertThat(ClientCodec.decode("acme", ClientCodec.encode(client))).isEqualTo(client);
  }

  @Test
  void limitComesBackAndAValueWithoutOneHasNone() {
    Lookup limited =
        new Lookup.Found(
            new ClientMetadata("a", ClientStatus.ACTIVE, "client_a", "default", List.of(), 600));

    assertThat(ClientCodec.encode(limited)).contains("\"limit\":600");
    assertThat(ClientCodec.decode("a", ClientCodec.encode(limited))).isEqualTo(limited);
    assertThat(
            ClientCodec.decode(
                "a",
                "{\"v\":1,\"status\":\"active\",\"database\":\"client_a\",\"target\":\"default\",\"keys\":[]}"))
        .isEqualTo(
            new Lookup.Found(
                new ClientMetadata("a", ClientStatus.ACTIVE, "client_a", "default", List.of())));
  }

  @Test
  void writtenFormIsCompactAndVersioned() {
    Lookup client =
        new Lookup.Found(
            new ClientMetadata(
                "a",
                ClientStatus.ACTIVE,
                "client_a",
                "default",
                List.of(new ApiKey(HASH, Instant.EPOCH, null, null))));

    assertThat(ClientCodec.encode(client))
        .isEqualTo(
            "{\"v\":1,\"status\":\"active\",\"database\":\"client_a\",\"target\":\"default\",\"keys\":[{\"hash\":\""
                + HASH.toHex()
                + "\",\"created\":0}]}");
    assertThat(ClientCodec.encode(new Lookup.Unknown())).isEqualTo("{\"v\":1,\"unknown\":true}");
    assertThat(ClientCodec.decode("a", "{\"v\":1,\"unknown\":true}"))
        .isEqualTo(new Lookup.Unknown());
  }

  @Test
  void fieldsOfALaterMinorFormAreSkipped() {
    assertThat(
            ClientCodec.decode(
                "a",
                "{\"v\":1,\"new\":{\"x\":[1]},\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"keys\":[{\"hash\":\""
                    + HASH.toHex()
                    + "\",\"created\":0,\"label\":{}}]}"))
        .isInstanceOf(Lookup.Found.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{\"v\":2,\"unknown\":true}",
        "{\"unknown\":true}",
        "{\"v\":1}",
        "{\"v\":1,\"status\":\"odd\",\"database\":\"d\",\"target\":\"t\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"keys\":[{\"hash\":\"00\"}]}",
        "{\"v\":\"one\"}"
      })
  void anythingElseCountsAsNotHeld(String text) {
    assertThat(ClientCodec.decode("a", text)).isNull();
  }
}
