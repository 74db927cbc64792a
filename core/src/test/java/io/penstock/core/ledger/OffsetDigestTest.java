package io.penstock.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OffsetDigestTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 12_345_678_901L, Long.MAX_VALUE, -1})
  void whatWasMixedCanBeTold(long offset) {
    assertThat(OffsetDigest.unmix(OffsetDigest.mix(offset))).isEqualTo(offset);
  }
}
