package io.penstock.dlq.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AskedTest {
  private static final Uuid TOPIC_ID = Uuid.fromString("PYWprhVVSL2xdoKK3O6dgA");

  @Test
  void idsAndPlacesAreToldApart() {
    String id = "0197F2C4-58a1-7d3e-9c55-2f6be1a40d11";
    assertThat(Asked.parse(id)).isEqualTo(new Asked.ById(UUID.fromString(id)));
    assertThat(Asked.parse("raw-events-5-17"))
        .isEqualTo(new Asked.AtPlace("raw-events", null, 5, 17));
    assertThat(Asked.parse("raw-events:" + TOPIC_ID + "-5-17"))
        .isEqualTo(new Asked.AtPlace("raw-events", TOPIC_ID, 5, 17));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "events-5", "events-5-", "1-2-3-4-5-", "@3-17", "a:b-1-2"})
  void whatIsNeitherIsRefusedWithBothForms(String text) {
    assertThatThrownBy(() -> Asked.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TOPIC-PARTITION-OFFSET")
        .hasMessageContaining("UUID");
  }

  @Test
  void whoNamesAnotherOriginDidNotMeanThisLetter() {
    Set<String> keys = Set.of("events:" + TOPIC_ID + "-5-17");
    assertThat(entry("[client=acme]").mayMean(keys)).isTrue();
    assertThat(entry("[all]").mayMean(keys)).isTrue();
    assertThat(entry("[origin=events-5-17]").mayMean(keys)).isTrue();
    assertThat(entry("[client=acme origin=events:" + TOPIC_ID + "-5-17]").mayMean(keys)).isTrue();
    assertThat(entry("[client=acme origin=events-5-18]").mayMean(keys)).isFalse();
    assertThat(entry("[all]").because()).isEqualTo("a test");
  }

  private static AuditTrail.Entry entry(String filter) {
    return new AuditTrail.Entry(
        Instant.EPOCH,
        "anna",
        "dead-letters.discard-started",
        "letters=1 filter=" + filter + " because=a test");
  }
}
