package io.penstock.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoClientTest {
  private static StrikeReport report(String operator) {
    return new StrikeReport(operator, LocalDate.of(1990, 1, 8), Map.of());
  }

  @Test
  void largerOperatorsAreClientsAndTheOthersShareOne() {
    List<StrikeReport> reports = new ArrayList<>();
    for (int i = 0; i < DemoClient.LARGER_FROM; i++) {
      reports.add(report("ExpressJet (Continental)"));
    }
    reports.add(report("ABX AIR"));
    reports.add(report("UNKNOWN"));

    List<DemoClient> clients = DemoClient.of(reports);

    assertThat(clients)
        .extracting(DemoClient::id)
        .containsExactly("expressjet-continental", "other-operators");
    assertThat(clients)
        .extracting(DemoClient::database)
        .containsExactly("client_expressjet_continental", "client_other_operators");
    assertThat(clients).extracting(client -> client.reports().size()).containsExactly(100, 2);
    assertThat(clients.get(0).keyHash()).isNotEqualTo(clients.get(1).keyHash());
  }

  @Test
  void aReportsNumbersAreNumbersAndItsEmptyValuesAreLeftOut() throws IOException {
    String csv =
        """
        Aircraft Make Model,Aircraft Airline Operator,Flight Date,Cost Total $,Speed IAS in knots,Time of day
        737,US AIRWAYS*,1999-10-19,144634,,Day
        """;

    StrikeReport report = StrikeData.parse(new BufferedReader(new StringReader(csv))).getFirst();

    assertThat(report.operator()).isEqualTo("US AIRWAYS");
    assertThat(report.flightDate()).isEqualTo("1999-10-19");
    assertThat(report.properties())
        .isEqualTo(
            Map.of(
                "aircraft_make_model", "737",
                "aircraft_airline_operator", "US AIRWAYS*",
                "flight_date", "1999-10-19",
                "cost_total", 144_634L,
                "time_of_day", "Day"));
  }
}
