package io.penstock.provisioning.top;

import static java.util.Comparator.comparingDouble;

import io.penstock.core.cli.Screen.Line;
import io.penstock.core.cli.Screen.Look;
import io.penstock.provisioning.top.Overview.Canary;
import io.penstock.provisioning.top.Overview.Cause;
import io.penstock.provisioning.top.Overview.ClientLoad;
import io.penstock.provisioning.top.Overview.Freshness;
import io.penstock.provisioning.top.Overview.Healing;
import io.penstock.provisioning.top.Overview.Inserts;
import io.penstock.provisioning.top.Overview.Lag;
import io.penstock.provisioning.top.Overview.Measured;
import io.penstock.provisioning.top.Overview.ProcessState;
import io.penstock.provisioning.top.Overview.Routers;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An {@link Overview} for people, made to fit. */
public final class OverviewText {
  /** Of clients and of reasons, where there is room. */
  private static final int MOST_ROWS = 10;

  private static final int LEAST_NAME = 16;

  /** What the figures of a row take. */
  private static final int FIGURES_WIDTH = 48;

  private final Overview view;
  private final int columns;
  private final int nameWidth;

  private OverviewText(Overview view, int columns) {
    this.view = view;
    this.columns = columns;
    int longest =
        Stream.concat(
                view.clients().stream().map(ClientLoad::client),
                view.deadLetters().stream().map(Cause::reason))
            .mapToInt(String::length)
            .max()
            .orElse(0);
    this.nameWidth = Math.clamp(columns - FIGURES_WIDTH, LEAST_NAME, Math.max(LEAST_NAME, longest));
  }

  /**
   * Lines, none longer than {@code columns} and no more than {@code rows}: where there is not room
   * for all, tables are cut, and processes that are well are left out.
   */
  public static List<Line> of(Overview view, int columns, int rows) {
    return new OverviewText(view, columns).lines(rows);
  }

  private List<Line> lines(int rows) {
    List<Line> lines = new ArrayList<>();
    lines.add(new Line(title(), Look.HEADING));
    addProcesses(lines, Math.max(3, rows / 4));
    lines.add(new Line(""));
    Routers routers = view.routers();
    if (routers != null) {
      addRouters(lines, routers);
    }
    Healing healing = view.healing();
    if (healing != null) {
      lines.add(line(healing));
    }
    Canary canary = view.canary();
    if (canary != null) {
      lines.add(line(canary));
    }
    if (routers != null) {
      addTables(lines, List.of(busiest(), sickest(), causes()), rows);
    }
    return lines.stream()
        .limit(rows)
        .map(line -> new Line(cut(line.text(), columns), line.look()))
        .toList();
  }

  private String title() {
    return "penstock top   %s UTC   %s"
        .formatted(
            view.at().truncatedTo(ChronoUnit.SECONDS).toString().replaceAll("[TZ]", " ").strip(),
            view.intervalSeconds() == 0
                ? "rates come with the next look"
                : "rates of the last " + seconds(view.intervalSeconds()));
  }

  // ---- processes

  private void addProcesses(List<Line> lines, int most) {
    List<ProcessState> all = view.processes();
    if (all.size() <= most) {
      all.forEach(one -> lines.add(line(one)));
      return;
    }
    all.stream()
        .sorted(Comparator.comparing(ProcessState::state).reversed())
        .limit(most - 1)
        .forEach(one -> lines.add(line(one)));
    lines.add(new Line("and %d more processes".formatted(all.size() - most + 1)));
  }

  private static Line line(ProcessState one) {
    return new Line(
        "%-10s %-21s %-9s %s"
            .formatted(
                one.kind().title(),
                one.address(),
                one.state().name().toLowerCase(Locale.ROOT),
                String.join("; ", one.problems()))
            .stripTrailing(),
        switch (one.state()) {
          case OK -> Look.PLAIN;
          case DEGRADED, SILENT -> Look.WARNING;
          case FAILING -> Look.ERROR;
        });
  }

  // ---- routers

  private static void addRouters(List<Line> lines, Routers all) {
    lines.add(
        line(
            "stored",
            "%s/s   %s/s   %,d in all"
                .formatted(
                    rate(all.storedPerSecond()),
                    all.storedBytesPerSecond() == null ? "-" : bytes(all.storedBytesPerSecond()),
                    all.storedTotal())));
    lines.add(
        line(
            "dead letters",
            "%s/s   %,d in all"
                .formatted(rate(all.deadLettersPerSecond()), all.deadLettersTotal())));
    lines.add(line(all.freshness()));
    lines.add(line(all.lag()));
    lines.add(line(all.inserts()));
    lines.add(breakers(all));
  }

  private static Line line(String what, String figures) {
    return line(what, figures, false);
  }

  private static Line line(String what, String figures, boolean wrong) {
    return new Line("%-13s %s".formatted(what, figures), wrong ? Look.ERROR : Look.PLAIN);
  }

  private static Line line(Freshness all) {
    return line(
        "freshness",
        "p50 %s  p95 %s  p99 %s  late %s/s  %s"
            .formatted(
                quantile(all.p50Seconds()),
                quantile(all.p95Seconds()),
                quantile(all.p99Seconds()),
                rate(all.latePerSecond()),
                all.of() == Measured.INTERVAL
                    ? "of %,d events".formatted(all.events())
                    : "of all %,d before".formatted(all.events())));
  }

  private static Line line(Lag lag) {
    return line(
        "lag",
        "%,d records%s   waiting %,d   held %,d   stopped %d of %d"
            .formatted(
                lag.records(),
                lag.oldestPartition().isEmpty()
                    ? ""
                    : ", %s old".formatted(seconds(lag.oldestSeconds())),
                lag.waitingRecords(),
                lag.heldRecords(),
                lag.partitionsStopped(),
                lag.partitions() + lag.partitionsStopped()),
        lag.partitionsStopped() > 0);
  }

  private static Line line(Inserts inserts) {
    return line(
        "inserts",
        "%s/s of %s/s   repeated %s/s   in memory %s of %s"
            .formatted(
                rate(inserts.perSecond()),
                rate(inserts.budgetPerSecond()),
                rate(inserts.retriesPerSecond()),
                bytes((double) inserts.bufferedBytes()),
                bytes((double) inserts.bufferLimitBytes())));
  }

  private static Line breakers(Routers all) {
    boolean down = all.targets().stream().anyMatch(target -> !target.up());
    return line(
        "breakers",
        "clients in trouble %,d   targets %s"
            .formatted(
                all.clientsInTrouble(),
                all.targets().stream()
                    .map(target -> target.target() + (target.up() ? " up" : " DOWN"))
                    .collect(Collectors.joining(", "))),
        down || all.clientsInTrouble() > 0);
  }

  private static Line line(Healing all) {
    return line(
        "healing",
        "replayed %s/s   %,d in all: %,d stored, %,d dead again   waiting %,d"
            .formatted(
                rate(all.replayedPerSecond()),
                all.replayedTotal(),
                all.storedTotal(),
                all.deadAgainTotal(),
                all.clientsWaiting()));
  }

  private static Line line(Canary all) {
    return line(
        "canary",
        "sent %,d   stored %,d   missing %,d   p95 %s"
            .formatted(
                all.sentTotal(),
                all.storedTotal(),
                all.missing(),
                quantile(all.freshnessP95Seconds())),
        all.missing() > 0);
  }

  // ---- tables

  private List<Line> busiest() {
    return clients("busiest clients", view.clients().stream());
  }

  private List<Line> sickest() {
    return clients(
        "sickest clients",
        view.clients().stream()
            .filter(one -> one.troublesPerSecond() > 0)
            .sorted(comparingDouble(ClientLoad::troublesPerSecond).reversed()));
  }

  private List<Line> clients(String title, Stream<ClientLoad> clients) {
    return table(
        row(title, "stored/s", "bytes/s", "dead/s", "late/s", "fresh p95"),
        clients.map(one ->
            row(
                one.client(),
                rate(one.storedPerSecond()),
                one.storedBytesPerSecond() == null ? "-" : bytes(one.storedBytesPerSecond()),
                rate(one.deadLettersPerSecond()),
                rate(one.latePerSecond()),
                quantile(one.freshnessP95Seconds()))));
  }

  private List<Line> causes() {
    return table(
        row("dead letters", "per s", "in all", "", "", ""),
        view.deadLetters().stream()
            .map(one ->
                row(
                    one.reason(),
                    rate(one.perSecond()),
                    "%,d".formatted(one.total()),
                    "",
                    "",
                    "")));
  }

  private String row(String name, String... figures) {
    return (("%-" + nameWidth + "s").formatted(cut(name, nameWidth))
            + " %8s %9s %8s %8s %10s".formatted((Object[]) figures))
        .stripTrailing();
  }

  private static List<Line> table(String heading, Stream<String> rows) {
    List<Line> lines = new ArrayList<>(List.of(new Line(""), new Line(heading, Look.HEADING)));
    rows.limit(MOST_ROWS).forEach(row -> lines.add(new Line(row)));
    return lines.size() == 2 ? List.of() : lines;
  }

  /** Adds of each table as much as there is room for, rows in turn. */
  private static void addTables(List<Line> lines, List<List<Line>> tables, int rows) {
    int room = rows - lines.size();
    int[] shown = new int[tables.size()];
    for (int length = 3; length <= MOST_ROWS + 2; length++) {
      for (int table = 0; table < shown.length; table++) {
        int more = Math.min(length, tables.get(table).size()) - shown[table];
        if (more > 0 && more <= room) {
          shown[table] += more;
          room -= more;
        }
      }
    }
    for (int table = 0; table < shown.length; table++) {
      lines.addAll(tables.get(table).subList(0, shown[table]));
    }
  }

  // ---- figures

  private static String rate(@Nullable Double perSecond) {
    if (perSecond == null) {
      return "-";
    }
    if (perSecond == 0) {
      return "0";
    }
    return (perSecond < 10 ? "%,.2f" : perSecond < 100 ? "%,.1f" : "%,.0f").formatted(perSecond);
  }

  private static String bytes(double bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    double shown = bytes;
    while (shown >= 999.95 && unit < units.length - 1) {
      shown /= 1_000;
      unit++;
    }
    return (unit == 0 ? "%.0f %s" : "%.1f %s").formatted(shown, units[unit]);
  }

  private static String quantile(@Nullable Double seconds) {
    return seconds == null ? "-" : seconds(seconds);
  }

  private static String seconds(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 100) {
      return (seconds < 10 ? "%.2f s" : "%.1f s").formatted(seconds);
    }
    return whole < 7_200
        ? "%dm %02ds".formatted(whole / 60, whole % 60)
        : "%dh %02dm".formatted(whole / 3_600, whole / 60 % 60);
  }

  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 2) + "..";
  }
}
