package io.penstock.core.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClickHouseErrorsTest {
  @ParameterizedTest
  @ValueSource(
      ints = {159, 164, 202, 203, 209, 210, 236, 241, 242, 252, 254, 285, 286, 289, 319, 999})
  void whatPassesByItselfIsSentAgain(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.RETRYABLE);
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 60, 81, 192, 193, 194, 195, 201, 291, 497, 516})
  void theClientsOwnTroubleConcernsNobodyElse(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.CLIENT);
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 26, 27, 33, 38, 41, 53, 72, 117, 131, 321, 349, 469})
  void badRowsAreSoughtAmongTheRows(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.ROWS);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 62, 115, 1000, 1001, Integer.MAX_VALUE})
  void whatIsNotKnownIsNeitherRetriedForEverNorDropped(int code) {
    assertThat(ClickHouseErrors.classify(code)).isEqualTo(ErrorClass.CLIENT);
  }

  @Test
  void aBrokenConnectionIsRetried() {
    assertThat(ClickHouseErrors.classify(ClickHouseErrors.NETWORK)).isEqualTo(ErrorClass.RETRYABLE);
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
