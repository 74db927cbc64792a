package io.penstock.core.deadletter;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.Secret;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.MemberAssignment;
import org.apache.kafka.clients.admin.MemberDescription;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplaySecretMarkTest {
  private static final Secret ONE = Secret.of("s".repeat(32));
  private static final Secret OTHER = Secret.of("t".repeat(32));

  @Test
  void routersOfTheSameSecretAreNoObjection() {
    assertThat(compare(ONE, router(ONE), router(ONE)).objection()).isNull();
    assertThat(compare(ONE).objection()).isNull();
  }

  @Test
  void aRouterOfAnotherSecretOrNoneIsNamedOnceWithItsHost() {
    String other = ReplaySecretMark.clientId("penstock-router", OTHER);
    String none = ReplaySecretMark.clientId("penstock-router", null);

    var found =
        compare(
            ONE,
            router(ONE),
            other + "-StreamThread-1-consumer",
            other + "-StreamThread-2-consumer",
            none + "-StreamThread-1-consumer");

    assertThat(found.others()).hasSize(2).allMatch(name -> name.endsWith(" on /10.0.0.7"));
    assertThat(found.objection()).contains("penstock.replay.secret").doesNotContain("replays-");
    assertThat(compare(null, other).objection()).isNull();
  }

  @Test
  void aMemberWithoutAMarkTellsNothing() {
    var found = compare(ONE, "penstock-router-1f0c-StreamThread-1-consumer", "kcat");

    assertThat(found.objection()).isNull();
    assertThat(found.silent()).isEqualTo(2);
  }

  @Test
  void theMarkIsAContractBetweenReleases() {
    assertThat(ReplaySecretMark.clientId("r", ONE)).endsWith("-replays-1f5867d9");
    assertThat(ReplaySecretMark.clientId("r", null)).endsWith("-replays-none");
  }

  private static String router(Secret secret) {
    return ReplaySecretMark.clientId("penstock-router", secret) + "-StreamThread-1-consumer";
  }

  private static ReplaySecretMark.Comparison compare(@Nullable Secret own, String... clientIds) {
    return ReplaySecretMark.compare(
        List.of(clientIds).stream().map(ReplaySecretMarkTest::member).toList(), own);
  }

  private static MemberDescription member(String clientId) {
    return new MemberDescription(
        clientId + "-member",
        Optional.empty(),
        Optional.empty(),
        clientId,
        "/10.0.0.7",
        new MemberAssignment(Set.of()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
