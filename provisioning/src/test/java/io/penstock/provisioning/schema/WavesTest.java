package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WavesTest {
  @Test
  void wavesDoubleFromTwentyOrHaveTheSizeAskedFor() {
    assertThat(sizes(Waves.DEFAULT, 500)).containsExactly(20, 40, 80, 160, 200);
    assertThat(sizes(Waves.DEFAULT, 7)).containsExactly(7);
    assertThat(sizes(new Waves(3, 0), 7)).containsExactly(3, 3, 1);
    assertThat(sizes(new Waves(Integer.MAX_VALUE, 0), 7)).containsExactly(7);
    assertThat(sizes(Waves.DEFAULT, 0)).isEmpty();
  }

  @Test
  void runHaltsAboveTheShareAndNotAtIt() {
    assertThat(Waves.DEFAULT.halt(1, 20)).isFalse();
    assertThat(Waves.DEFAULT.halt(2, 20)).isTrue();
    assertThat(new Waves(0, 0).halt(1, 1_000)).isTrue();
    assertThat(new Waves(0, 0).halt(0, 1_000)).isFalse();
    assertThat(new Waves(0, 1).halt(20, 20)).isFalse();
    assertThatThrownBy(() -> new Waves(0, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Integer> sizes(Waves waves, int clients) {
    return waves.cut(IntStream.range(0, clients).boxed().toList()).stream()
        .map(List::size)
        .toList();
  }
}
