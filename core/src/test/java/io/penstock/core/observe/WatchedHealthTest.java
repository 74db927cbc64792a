package io.penstock.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchedHealthTest {
  private Instant now = Instant.parse("2026-11-27T12:00:00.700Z");
  private Health health = Health.GOOD;
  private final WatchedHealth watched = new WatchedHealth(() -> health, () -> now);

  private List<WatchedHealth.Detail> see(long second, Problem... problems) {
    now = Instant.parse("2026-11-27T12:00:00.700Z").plusSeconds(second);
    health = Health.of(List.of(problems));
    return watched.look().told().details();
  }

  private static Instant at(int second) {
    return Instant.parse("2026-11-27T12:00:00Z").plusSeconds(second);
  }

  @Test
  void aProblemKeepsItsTimeWhateverItsTextSaysUntilItIsOver() {
    assertThat(see(0, new Problem("a", "for 1 s")))
        .containsExactly(new WatchedHealth.Detail("a", at(0), "for 1 s"));
    assertThat(see(5, new Problem("b", "other"), new Problem("a", "for 6 s")))
        .containsExactly(
            new WatchedHealth.Detail("b", at(5), "other"),
            new WatchedHealth.Detail("a", at(0), "for 6 s"));
    assertThat(see(6)).isEmpty();
    assertThat(see(9, new Problem("a", "again")))
        .containsExactly(new WatchedHealth.Detail("a", at(9), "again"));
  }

  @Test
  void moreProblemsDegradeAnAnswerAndDoNotMakeItFail() {
    Problem one = new Problem("a", "x");
    Problem more = new Problem("b", "y");

    assertThat(Health.GOOD.and(List.of()).status()).isEqualTo("ok");
    assertThat(Health.GOOD.and(List.of(more)).status()).isEqualTo("degraded");
    assertThat(Health.of(List.of(one)).and(List.of(more)))
        .isEqualTo(new Health(false, List.of(one, more)));
  }

  @Test
  void problemsOfOneIdAreSeenOnce() {
    assertThat(see(1, new Problem("a", "x"), new Problem("a", "y")))
        .extracting(WatchedHealth.Detail::since)
        .containsExactly(at(1), at(1));
  }
}
