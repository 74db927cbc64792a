package io.penstock.core.directory;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.RedisConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.directory.RedisSignature.Opened;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RedisSignatureTest {
  private static final Instant END = Instant.ofEpochMilli(1_700_000_000_123L);
  private static final Instant NOW = END.minusMillis(1);

  private final RedisSignature first = signature("first", null);
  private final RedisSignature both = signature("second", "first");
  private final RedisSignature second = signature("second", null);

  static RedisSignature signature(String secret, @Nullable String previous) {
    return requireNonNull(
        RedisSignature.of(
            new RedisConfig(
                URI.create("redis://cache"),
                null,
                null,
                null,
                Duration.ofSeconds(1),
                Secret.of(secret),
                previous == null ? null : Secret.of(previous))));
  }

  @Test
  void valueComesBackAsItWasSigned() {
    assertThat(first.open("acme", first.sign("acme", END, "{\"a\":\"b:c\"}"), NOW))
        .isEqualTo(new Opened.Valid("{\"a\":\"b:c\"}"));
  }

  /** Routers of different releases must agree on every byte. */
  @Test
  void formIsPinned() {
    assertThat(first.sign("acme", END, "{}"))
        .isEqualTo(
            "s1:d77cc8d2:1700000000123:d4e4b50377f8e270ac114e2686c05cb8a80e36210e23b3f9660570b7a9fdf157:{}");
  }

  @Test
  void whatIsNotSignedOrSignedWithAnotherSecretIsRefused() {
    String signed = first.sign("acme", END, "{\"v\":1}");

    assertThat(why(first, "acme", "{\"v\":1}")).isEqualTo("it is not signed");
    assertThat(why(first, "acme", "")).isEqualTo("it is not signed");
    assertThat(why(first, "acme", "s1:::::")).isEqualTo("it is signed with another secret");
    assertThat(why(second, "acme", signed)).isEqualTo("it is signed with another secret");
  }

  @Test
  void whatWasCopiedToAnotherClientOrChangedIsRefused() {
    String signed = first.sign("acme", END, "{\"v\":1}");

    assertThat(
            List.of(
                why(first, "globex", signed),
                why(first, "acme", signed.replace("\"v\":1", "\"v\":2")),
                why(first, "acme", signed.replace("1700000000123", "1800000000123")),
                why(first, "acme", signed.replace("1700000000123", "")),
                why(first, "acme", signed.replace("1700000000123", "x")),
                why(first, "acme", signed.substring(0, signed.length() - 7))))
        .containsOnly("its signature does not fit");
  }

  @Test
  void whatIsPutBackCountsUntilItsEnd() {
    String signed = first.sign("acme", END, "{}");

    assertThat(first.open("acme", signed, END.minusMillis(1))).isInstanceOf(Opened.Valid.class);
    assertThat(first.open("acme", signed, END)).isEqualTo(new Opened.Refused("it has expired"));
  }

  @Test
  void whileSecretsAreExchangedBothAreBelievedAndTheNewOneSigns() {
    assertThat(both.open("acme", first.sign("acme", END, "old"), NOW))
        .isEqualTo(new Opened.Valid("old"));
    assertThat(both.open("acme", second.sign("acme", END, "new"), NOW))
        .isEqualTo(new Opened.Valid("new"));
    assertThat(second.open("acme", both.sign("acme", END, "new"), NOW))
        .isEqualTo(new Opened.Valid("new"));
    assertThat(why(first, "acme", both.sign("acme", END, "new")))
        .isEqualTo("it is signed with another secret");
  }

  private static String why(RedisSignature signature, String clientId, String text) {
    return signature.open(clientId, text, NOW) instanceof Opened.Refused(String reason)
        ? reason
        : "believed";
  }
}
