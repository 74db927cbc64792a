package io.penstock.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PortsTest {
  @Test
  void theEarlierPortIsKeptWhereItIsFree() {
    assertThat(new Ports(_ -> true, new Random(1)).choose(40_123)).isEqualTo(40_123);
  }

  @Test
  void anotherPortIsTakenWhereTheEarlierOneIsNotFree() {
    int chosen = new Ports(port -> port != 40_123, new Random(1)).choose(40_123);
    assertThat(chosen).isBetween(Ports.LOWEST, Ports.HIGHEST);
  }

  @Test
  void noPortIsGivenOutTwice() {
    var ports = new Ports(_ -> true, new Random(1));
    var chosen = new HashSet<Integer>();
    for (int i = 0; i < 2_000; i++) {
      assertThat(chosen.add(ports.choose(0))).isTrue();
    }
    assertThat(ports.choose(chosen.iterator().next())).isNotIn(chosen);
  }

  @Test
  void aReservedPortIsNotGivenOut() {
    var ports = new Ports(_ -> true, new Random(1));
    ports.reserve(40_123);
    assertThat(ports.choose(40_123)).isNotEqualTo(40_123);
  }

  @Test
  void aMachineWithoutFreePortsIsAnErrorAndNotALoop() {
    assertThatThrownBy(() -> new Ports(_ -> false, new Random(1)).choose(0))
        .isInstanceOf(LocalStackException.class)
        .hasMessageContaining("No free port");
  }
}
