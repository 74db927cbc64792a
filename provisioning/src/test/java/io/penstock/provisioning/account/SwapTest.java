package io.penstock.provisioning.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ledger.OffsetDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which rows differ is told from the digest of those that there should be. */
class SwapTest {
  private static final Set<Long> SHOULD = Set.of(100L, 103L, 107L, 108L, 150L);

  private static @Nullable Swap found(Set<Long> less, Set<Long> more) {
    Set<Long> there = new HashSet<>(SHOULD);
    there.removeAll(less);
    there.addAll(more);
    long rest = digest(SHOULD) - digest(there);
    return Swap.of((long) SHOULD.size() - there.size(), rest, 100, 200, there);
  }

  private static long digest(Set<Long> offsets) {
    return offsets.stream().mapToLong(OffsetDigest::mix).sum();
  }

  @Test
  void upToTwoRowsAreTold() {
    assertThat(found(Set.of(103L), Set.of())).isEqualTo(new Swap(List.of(103L), List.of()));
    assertThat(found(Set.of(), Set.of(120L))).isEqualTo(new Swap(List.of(), List.of(120L)));
    assertThat(found(Set.of(150L), Set.of(120L))).isEqualTo(new Swap(List.of(150L), List.of(120L)));
    assertThat(found(Set.of(100L, 150L), Set.of()))
        .isEqualTo(new Swap(List.of(100L, 150L), List.of()));
    assertThat(found(Set.of(), Set.of(120L, 121L)))
        .isIn(new Swap(List.of(), List.of(120L, 121L)), new Swap(List.of(), List.of(121L, 120L)));
  }

  @Test
  void moreThanTwoAreNotGuessed() {
    assertThat(found(Set.of(100L, 103L, 107L), Set.of())).isNull();
    assertThat(found(Set.of(100L, 103L), Set.of(120L))).isNull();
  }
}
