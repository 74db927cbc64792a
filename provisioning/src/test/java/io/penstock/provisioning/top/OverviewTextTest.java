package io.penstock.provisioning.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.Screen.Line;
import io.penstock.core.cli.Screen.Look;
import io.penstock.provisioning.top.Scrape.Kind;
import io.penstock.provisioning.top.Scrape.State;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where there is not room for all; all of it is in {@code OutputTest}. */
class OverviewTextTest {
  private static String text(List<Line> lines) {
    return lines.stream().map(Line::text).collect(Collectors.joining("\n"));
  }

  @ParameterizedTest
  @CsvSource({"80,24", "80,10", "40,24", "132,50", "20,3"})
  void nothingIsWiderOrHigherThanTheTerminal(int columns, int rows) {
    List<Line> lines = OverviewText.of(Overviews.busy(30), columns, rows);

    assertThat(lines).hasSizeLessThanOrEqualTo(rows);
    assertThat(lines).allSatisfy(line -> assertThat(line.text()).hasSizeLessThanOrEqualTo(columns));
  }

  @Test
  void eachTableHasItsShareOfAnOrdinaryTerminal() {
    String text = text(OverviewText.of(Overviews.busy(30), 80, 24));

    assertThat(text)
        .contains("busiest clients", "acme-1 ", "sickest clients", "12.0     0.80 s")
        .contains("late 12.0/s  of 24,702 events\n", "held 2   stopped 0 of 6\n")
        .contains("a-client-whose-name-is-as-long..")
        .contains("dead letters", "CLIENT_UNAVAILABLE");
    assertThat(text).doesNotContain("acme-10 ");
    assertThat(text(OverviewText.of(Overviews.busy(30), 132, 60)))
        .contains("a-client-whose-name-is-as-long-as-names-may-be-and-no-longer-64", "acme-10 ");
  }

  @Test
  void whatIsWrongStandsOut() {
    List<Line> lines = OverviewText.of(Overviews.busy(1), 80, 50);

    assertThat(lines.stream().filter(line -> line.look() == Look.ERROR).map(Line::text))
        .satisfiesExactly(
            one -> assertThat(one).startsWith("router     127.0.0.1:8090"),
            one -> assertThat(one).startsWith("breakers").contains("eu DOWN"),
            one -> assertThat(one).startsWith("canary").contains("missing 1"));
    assertThat(OverviewText.of(Overviews.idle(), 80, 50))
        .noneMatch(line -> line.look() == Look.ERROR);
  }

  @Test
  void ofManyProcessesThoseInTroubleAreShown() {
    Overview idle = Overviews.idle();
    List<Overview.ProcessState> many =
        Stream.concat(
                IntStream.range(0, 30)
                    .mapToObj(i ->
                        new Overview.ProcessState("10.0.0." + i, Kind.ROUTER, State.OK, List.of())),
                Stream.of(
                    new Overview.ProcessState(
                        "10.0.0.99", Kind.ROUTER, State.FAILING, List.of("it is sick"))))
            .toList();
    Overview view =
        new Overview(idle.at(), 0, many, idle.routers(), List.of(), List.of(), null, null);

    assertThat(text(OverviewText.of(view, 80, 24)))
        .contains("10.0.0.99", "it is sick", "and 26 more processes", "freshness");
  }
}
