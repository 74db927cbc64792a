package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOffsetsTest {
  private static byte[] key(long number) {
    return ("shared_raw_events-3-" + number).getBytes(UTF_8);
  }

  @Test
  void knowsTheLastOffsetOfEachKeyAsAnOrdinaryMapDoes() {
    Random random = new Random(7);
    KeyOffsets offsets = new KeyOffsets();
    Map<Integer, Long> expected = new HashMap<>();
    for (long offset = 0; offset < 200_000; offset++) {
      int number = random.nextInt(20_000);
      if (random.nextInt(3) == 0) {
        offsets.remove(key(number));
        expected.remove(number);
      } else {
        offsets.put(key(number), offset);
        expected.put(number, offset);
      }
    }

    assertThat(offsets.size()).isEqualTo(expected.size());
    for (int number = 0; number < 20_000; number++) {
      Long last = expected.get(number);
      assertThat(offsets.isLast(key(number), last == null ? 199_999 : last))
          .as("key %d", number)
          .isEqualTo(last != null);
      assertThat(offsets.contains(key(number))).as("key %d", number).isEqualTo(last != null);
    }
  }

  @Test
  void offsetZeroIsAnOffset() {
    KeyOffsets offsets = new KeyOffsets();
    offsets.put(key(1), 0);

    assertThat(offsets.isLast(key(1), 0)).isTrue();
    assertThat(offsets.isLast(key(1), 1)).isFalse();
    assertThat(offsets.isLast(key(2), 0)).isFalse();
  }
}
