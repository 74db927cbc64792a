package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.testkit.Secrets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The search of logs finds what it is for. */
class SecretsTest {
  @Test
  void aSecretInALogIsFound() {
    Secrets.ofProcess(
        Map.of(
            "penstock.postgres.password", "password-of-this-test-7f3a",
            "penstock.postgres.url", "jdbc:postgresql://of-this-test"));
    Secrets.ofClient("pk_of-this-test-7f3a");

    assertThatThrownBy(() -> Secrets.assertNoneIn("a\nuser x password-of-this-test-7f3a\nb"))
        .hasMessage("a secret is shown: user x password-of-this-test-7f3a");
    assertThatThrownBy(() -> Secrets.assertNoneIn("key pk_of-this-test-7f3a refused"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> Secrets.assertNoneOfProcessesIn("password-of-this-test-7f3a"))
        .isInstanceOf(AssertionError.class);
    Secrets.assertNoneOfProcessesIn("created with pk_of-this-test-7f3a");
    Secrets.assertNoneIn("jdbc:postgresql://of-this-test");
  }
}
