package io.penstock.core.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
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
            new ClientMetadata(
                "a",
                ClientStatus.ACTIVE,
                "client_a",
                "default",
                List.of(),
                600,
                new Retention(30, Retention.From.ARRIVAL)));

    assertThat(ClientCodec.encode(limited)).contains("\"limit\":600");
    assertThat(ClientCodec.decode("a", ClientCodec.encode(limited))).isEqualTo(limited);
    assertThat(
            ClientCodec.decode(
                "a",
                "{\"v\":1,\"status\":\"active\",\"database\":\"client_a\",\"target\":\"default\",\"days\":365,\"from\":\"event_time\",\"keys\":[]}"))
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
            "{\"v\":1,\"status\":\"active\",\"database\":\"client_a\",\"target\":\"default\",\"days\":365,\"from\":\"event_time\",\"keys\":[{\"hash\":\""
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
                "{\"v\":1,\"new\":{\"x\":[1]},\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[{\"hash\":\""
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
        "{\"v\":1,\"status\":\"odd\",\"database\":\"d\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[{\"hash\":\"00\"}]}",
        "{\"v\":\"one\"}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"days\":20001,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"days\":7,\"from\":\"birth\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d`.`t\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d'\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\\\\\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\\n\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"D\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"system\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"information_schema\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t t\",\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"limit\":0,\"keys\":[]}",
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"limit\":-1,\"keys\":[]}"
      })
  void anythingElseCountsAsNotHeld(String text) {
    assertThat(ClientCodec.decode("a", text)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"hash\":\"HASH\",\"created\":5,\"expires\":4}",
        "{\"hash\":\"HASH\",\"created\":5,\"revoked\":4}",
        "{\"hash\":\"HASH\",\"created\":5},{\"hash\":\"HASH\",\"created\":6}",
        "{\"hash\":\"UPPER\",\"created\":5}"
      })
  void keysThatPostgresWouldNotTakeAreNotTakenFromTheCacheEither(String keys) {
    String text =
        "{\"v\":1,\"status\":\"active\",\"database\":\"d\",\"target\":\"t\",\"days\":7,\"from\":\"arrival\",\"keys\":["
            + keys.replace("HASH", HASH.toHex())
                .replace("UPPER", HASH.toHex().toUpperCase(Locale.ROOT))
            + "]}";

    assertThat(ClientCodec.decode("a", text)).isNull();
  }
}
