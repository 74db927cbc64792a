package io.penstock.core.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthenticationTest {
  private static final ApiKeyHash KEY = ApiKeyHash.ofKey("good");
  private static final Instant END = Instant.parse("2026-03-01T00:00:00Z");
  private static final long BEFORE = END.toEpochMilli() - 1;

  @Test
  void anActiveClientWithItsKeyIsWelcome() {
    assertThat(check(ClientStatus.ACTIVE, key(null, null), KEY, BEFORE)).isNull();
  }

  @Test
  void anyOfSeveralKeysWill() {
    var other = new ApiKey(ApiKeyHash.ofKey("other"), Instant.EPOCH, null, null);
    var client = client(ClientStatus.ACTIVE, List.of(other, key(null, null), other));

    assertThat(Authentication.check(client, KEY, BEFORE)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "PENDING,CLIENT_PENDING",
    "SUSPENDED,CLIENT_SUSPENDED",
    "DEPROVISIONING,CLIENT_DEPROVISIONING",
    "DEPROVISIONED,CLIENT_DEPROVISIONED"
  })
  void everyOtherStatusHasItsReason(ClientStatus status, Reason reason) {
    assertReason(check(status, key(null, null), KEY, BEFORE), reason);
  }

  @Test
  void aWrongKeyIsRefusedWhateverTheStatus() {
    for (ClientStatus status : ClientStatus.values()) {
      assertReason(
          check(status, key(null, null), ApiKeyHash.ofKey("bad"), BEFORE), Reason.INVALID_API_KEY);
    }
  }

  @Test
  void whoHadAKeyOfAClientThatIsGoneLearnsThatItIsGone() {
    long after = END.toEpochMilli();
    assertReason(
        check(ClientStatus.DEPROVISIONED, key(null, END), KEY, after), Reason.CLIENT_DEPROVISIONED);
    assertReason(
        check(ClientStatus.DEPROVISIONED, key(END, null), KEY, after), Reason.CLIENT_DEPROVISIONED);
    assertReason(
        check(ClientStatus.DEPROVISIONING, key(null, END), KEY, after),
        Reason.CLIENT_DEPROVISIONING);
    assertReason(check(ClientStatus.SUSPENDED, key(null, END), KEY, after), Reason.INVALID_API_KEY);
  }

  @Test
  void aKeyIsJudgedByItsStateWhenTheBrokerAcceptedTheEvent() {
    assertThat(check(ClientStatus.ACTIVE, key(END, null), KEY, BEFORE)).isNull();
    assertThat(check(ClientStatus.ACTIVE, key(null, END), KEY, BEFORE)).isNull();
    assertReason(
        check(ClientStatus.ACTIVE, key(END, null), KEY, END.toEpochMilli()), Reason.KEY_EXPIRED);
    assertReason(
        check(ClientStatus.ACTIVE, key(null, END), KEY, END.toEpochMilli()),
        Reason.INVALID_API_KEY);
  }

  @Test
  void noRefusalTellsAKey() {
    Refusal refused = check(ClientStatus.ACTIVE, key(null, END), KEY, END.toEpochMilli());

    assertThat(refused).isNotNull();
    assertThat(String.valueOf(refused)).doesNotContain(KEY.toHex());
  }

  private static @Nullable Refusal check(
      ClientStatus status, ApiKey key, ApiKeyHash presented, long acceptedAt) {
    return Authentication.check(client(status, List.of(key)), presented, acceptedAt);
  }

  private static ClientMetadata client(ClientStatus status, List<ApiKey> keys) {
    return new ClientMetadata("acme", status, "client_acme", "default", keys);
  }

  private static ApiKey key(@Nullable Instant expires, @Nullable Instant revoked) {
    return new ApiKey(KEY, Instant.EPOCH, expires, revoked);
  }

  private static void assertReason(@Nullable Refusal refused, Reason reason) {
    assertThat(refused).isNotNull().extracting(Refusal::reason).isEqualTo(reason);
  }
}
