package io.penstock.core.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
  @Test
  void keysAreRecognisableAndDiffer() {
    SecureRandom random = new SecureRandom();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      keys.add(ApiKeys.generate(random));
    }

    assertThat(keys)
        .hasSize(1_000)
        .allMatch(key -> key.matches("pk_[0-9A-Za-z]{49}"))
        .allMatch(ApiKeysTest::isWhole);
  }

  @Test
  void oneWrongCharacterIsNoticed() {
    String key = ApiKeys.generate(new SecureRandom());
    for (int i = 3; i < key.length(); i++) {
      char other = key.charAt(i) == 'x' ? 'y' : 'x';
      assertThat(isWhole(key.substring(0, i) + other + key.substring(i + 1))).isFalse();
    }
  }

  private static boolean isWhole(String key) {
    return ApiKeys.isBody(key.getBytes(StandardCharsets.US_ASCII), 3);
  }
}
