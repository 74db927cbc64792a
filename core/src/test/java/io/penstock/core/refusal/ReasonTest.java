package io.penstock.core.refusal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of docs/architecture.md: tools, dashboards and alerts rely on it. */
class ReasonTest {
  @ParameterizedTest
  @CsvSource({
    "MALFORMED_JSON, intake, after-fix",
    "MISSING_FIELD, intake, after-fix",
    "INVALID_FIELD, intake, after-fix",
    "RECORD_TOO_LARGE, intake, after-fix",
    "EVENT_TIME_OUT_OF_RANGE, intake, after-fix",
    "QUOTA_EXCEEDED, intake, automatic",
    "UNKNOWN_CLIENT, auth, after-fix",
    "INVALID_API_KEY, auth, after-fix",
    "KEY_EXPIRED, auth, after-fix",
    "CLIENT_PENDING, auth, automatic",
    "CLIENT_SUSPENDED, auth, automatic",
    "CLIENT_DEPROVISIONING, auth, automatic",
    "CLIENT_DEPROVISIONED, auth, after-fix",
    "ROW_REJECTED, insert, after-fix",
    "CLIENT_UNAVAILABLE, insert, automatic"
  })
  void everyReasonHasItsStageAndItsRetry(Reason reason, String stage, String retry) {
    assertThat(reason.stage().label()).isEqualTo(stage);
    assertThat(reason.retry().label()).isEqualTo(retry);
  }

  @Test
  void onlyWhatTheClientsStateOrTimeHealsIsRetriedByItself() {
    EnumSet<Reason> automatic = EnumSet.allOf(Reason.class);
    automatic.removeIf(reason -> reason.retry() != Retry.AUTOMATIC);

    assertThat(automatic)
        .containsExactlyInAnyOrder(
            Reason.CLIENT_PENDING,
            Reason.CLIENT_SUSPENDED,
            Reason.CLIENT_DEPROVISIONING,
            Reason.CLIENT_UNAVAILABLE,
            Reason.QUOTA_EXCEEDED);
  }
}
