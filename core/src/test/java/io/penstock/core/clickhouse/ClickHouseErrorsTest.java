package io.penstock.core.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClickHouseErrorsTest {
  @ParameterizedTest
  @ValueSource(ints = {24, 75, 164, 173, 193, 202, 203, 243, 499, 516, 745})
  void whatIsTheServersTroubleParksNobody(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.SERVER);
  }

  @ParameterizedTest
  @ValueSource(ints = {159, 209, 210, 236, 241, 999})
  void whatPassesMayBeTheServersOrTheTables(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.PASSING);
  }

  @ParameterizedTest
  @ValueSource(ints = {242, 252, 254, 285, 286, 289, 319, 384})
  void whatPassesMayBeTheTablesAlone(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.TABLE);
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 60, 81, 291, 497})
  void theClientsOwnTroubleConcernsNobodyElse(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.CLIENT);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        6, 26, 27, 32, 33, 38, 41, 53, 72, 117, 131, 321, 349, 376, 407, 467, 469, 675, 676, 691
      })
  void badRowsAreSoughtAmongTheRows(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.ROWS);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 1000, 1001, Integer.MAX_VALUE})
  void whatIsNotKnownIsSaidToBe(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.UNKNOWN);
    assertThat(ClickHouseErrors.describe(code)).isEqualTo("code " + code);
  }

  @Test
  void onlyWhatPassesIsSentAgain() {
    assertThat(ErrorClass.values())
        .filteredOn(ErrorClass::isRetryable)
        .containsExactly(ErrorClass.SERVER, ErrorClass.PASSING, ErrorClass.TABLE);
  }

  @Test
  void aMissingRightIsOneForEveryApplication() {
    assertThat(ClickHouseErrors.all())
        .extracting(ClickHouseErrors.Entry::code)
        .filteredOn(ClickHouseErrors::isDenied)
        .containsExactly(164, 291, 392, 497);
    assertThat(ClickHouseErrors.all())
        .extracting(ClickHouseErrors.Entry::code)
        .filteredOn(ClickHouseErrors::lacksAccessManagement)
        .containsExactly(164, 291, 392, 495, 497, 514);
    assertThat(ClickHouseErrors.all())
        .extracting(ClickHouseErrors.Entry::code)
        .filteredOn(ClickHouseErrors::tellsLess)
        .containsExactly(47, 60, 115, 164, 291, 392, 497);
    assertThat(ClickHouseErrors.isUnknownSyntax(62)).isTrue();
    assertThat(ClickHouseErrors.isUnknownSyntax(60)).isFalse();
  }

  @Test
  void anOperatorReadsNameAndReason() {
    assertThat(ClickHouseErrors.describe(243))
        .isEqualTo("243 NOT_ENOUGH_SPACE, there is no room on the server's disks, or they fail");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Code: 16. DB::Exception: No such column price in table client_acme.events_base | price
          Cannot convert NULL value to non-Nullable type: While executing: column `total`: at row 7 | total
          Cannot parse string: (while reading the value of column event_time) | event_time
          Column: "p.q" | p.q
          Constraint `positive` is violated at row 1. Expression: (price > 0). Column values: price = -1 | price
          """)
  void theColumnThatAMessageNamesIsFound(String message, String column) {
    assertThat(ClickHouseErrors.column(message)).isEqualTo(column);
  }

  @Test
  void aMessageThatNamesNoColumnYieldsNone() {
    assertThat(ClickHouseErrors.column("Memory limit exceeded")).isEmpty();
    assertThat(ClickHouseErrors.column("")).isEmpty();
    assertThat(ClickHouseErrors.column("too many columns: 12")).isEmpty();
  }
}
