package io.penstock.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.Json;
import io.penstock.local.PartKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class StackReportTest {
  @Test
  void scriptsGetOneObject() {
    StackReport report =
        StackReport.of(
            List.of(
                new StackReport.Row(PartKind.KAFKA, "up", "localhost:9092", 7, 5, "/x.log"),
                new StackReport.Row(PartKind.CLICKHOUSE, "stopped", "", 0, 0, "")));

    assertThat(Json.of(report))
        .isEqualTo(
            """
            {"up":false,"parts":[{"part":"kafka","state":"up","url":"localhost:9092","pid":7,"residentMiB":5,"log":"/x.log"},\
            {"part":"clickhouse","state":"stopped","url":"","pid":0,"residentMiB":0,"log":""}]}\
            """);
  }
}
