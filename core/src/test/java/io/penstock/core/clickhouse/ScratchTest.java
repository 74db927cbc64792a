package io.penstock.core.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScratchTest {
  private static final String OLD = "penstock_verify_1700000000_0123456789ab";
  private static final String YOUNG = "penstock_verify_1700000101_0123456789ab";

  @Test
  void onlyOldOnesOfTheSameKindAreStaleAndNoClientsDatabase() {
    Instant now = Instant.ofEpochSecond(1_700_003_700);
    List<String> names = List.of(OLD, YOUNG, "penstock_verify_mine");

    assertThat(Scratch.VERIFY.stale(names, Set.of(), now)).containsExactly(OLD);
    assertThat(Scratch.VERIFY.stale(names, Set.of(OLD), now)).isEmpty();
    assertThat(Scratch.FORECAST.stale(names, Set.of(), now)).isEmpty();
  }

  @Test
  void aNewNameIsFoundStaleAnHourLater() {
    for (Scratch kind : Scratch.values()) {
      List<String> names = List.of(kind.newName(Set.of()));

      assertThat(kind.stale(names, Set.of(), Instant.now())).isEmpty();
      assertThat(kind.stale(names, Set.of(), Instant.now().plusSeconds(3_700))).isEqualTo(names);
    }
  }
}
