package io.penstock.dlq.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.dlq.archive.ImportSelection;
import io.penstock.dlq.forecast.Forecast;
import io.penstock.dlq.letter.LetterStats;
import io.penstock.dlq.replay.Letters;
import io.penstock.dlq.replay.ReplayStatement;
import io.penstock.testkit.Pins;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the commands print, for people and for scripts. */
class OutputTest {
  private static final Instant AT = Instant.parse("2026-11-21T10:00:00.123Z");
  private static final String KEY = "pk_" + "k".repeat(43);
  private static final String[] CONFIRM = {"--confirm", "6"};

  private static DeadLetter letter(
      long offset, @Nullable String client, @Nullable String fingerprint, String value) {
    RecordHeaders headers = new RecordHeaders();
    put(headers, DeadLetterHeaders.CLIENT, client);
    put(headers, DeadLetterHeaders.FINGERPRINT, fingerprint);
    if (fingerprint != null) {
      put(headers, DeadLetterHeaders.STAGE, fingerprint.split(":", 3)[0]);
      put(headers, DeadLetterHeaders.REASON, fingerprint.split(":", 3)[1]);
      put(headers, DeadLetterHeaders.RETRY, "after-fix");
      put(headers, DeadLetterHeaders.CLICKHOUSE_CODE, "53");
      put(headers, DeadLetterHeaders.ATTEMPT, "2");
      put(headers, DeadLetterHeaders.DETAIL, "a long story of " + "x ".repeat(50) + KEY);
      put(headers, DeadLetterHeaders.FIRST_FAILED_AT, AT.toString());
    }
    put(headers, DeadLetterHeaders.FAILED_AT, AT.plusSeconds(offset).toString());
    byte[] key = ("events-0-" + offset).getBytes(UTF_8);
    byte[] bytes = value.getBytes(UTF_8);
    return Objects.requireNonNull(
        DeadLetter.of(
            new ConsumerRecord<>(
                "dead",
                1,
                offset,
                AT.toEpochMilli(),
                TimestampType.CREATE_TIME,
                key.length,
                bytes.length,
                key,
                bytes,
                headers,
                Optional.empty())));
  }

  private static void put(RecordHeaders headers, String name, @Nullable String text) {
    if (text != null) {
      var _ = headers.add(name, text.getBytes(UTF_8));
    }
  }

  private static final List<DeadLetter> LETTERS =
      List.of(
          letter(0, "acme", "insert:ROW_REJECTED:53:price:eur", "{\"api_key\":\"x\",\"a\":1.50}"),
          letter(1, "globex", "insert:ROW_REJECTED:53:price:eur", "not JSON " + KEY),
          letter(2, null, null, "x".repeat(20_000)));

  @Test
  void letters() throws IOException {
    Pins pins = new Pins();
    List<ListCommand.Line> lines = LETTERS.stream().map(ListCommand.Line::of).toList();
    for (ListCommand.Listed listed :
        List.of(
            new ListCommand.Listed(4, lines),
            new ListCommand.Listed(3, lines),
            new ListCommand.Listed(0, List.of()))) {
      pins.pin("dlq list", ListCommand::new, list -> list.show(listed));
    }
    for (LetterStats.By by : LetterStats.By.values()) {
      LetterStats stats = new LetterStats(by);
      LETTERS.forEach(stats::add);
      pins.pin(
          "dlq stats --by " + by,
          StatsCommand::new,
          command -> command.show(stats),
          "--by",
          by.name());
    }
    LetterStats many = new LetterStats(LetterStats.By.REASON);
    for (int i = 0; i < 1_100; i++) {
      many.add(letter(i, "client" + i, "insert:ROW_REJECTED:53:field" + i, ""));
    }
    pins.pin(
        "dlq stats --by REASON",
        StatsCommand::new,
        command -> command.show(many),
        "--by",
        "reason");
    Forecast.Outcome known = new Forecast.Outcome("stored", "in client_acme");
    Forecast.Outcome unknown = new Forecast.Outcome(null, "PostgreSQL is away");
    for (Forecast.Outcome forecast : List.of(known, unknown)) {
      for (DeadLetter letter : LETTERS) {
        pins.pin("dlq show", ShowCommand::new, show -> show.show(letter, forecast), letter.name());
      }
    }
    pins.check(Path.of("src/test/resources/pins/letters.txt"));
  }

  @Test
  void changes() throws IOException {
    Pins pins = new Pins();
    ImportSelection selection = new ImportSelection();
    selection.add(1, LETTERS.getFirst());
    selection.add(2, LETTERS.getFirst());
    selection.add(3, LETTERS.getLast());
    selection.outstanding(LETTERS.getLast());
    selection.add(
        4,
        Objects.requireNonNull(
            DeadLetter.of(new ConsumerRecord<>("dead", 0, 0, null, new byte[0]))));
    ImportSelection keyed = new ImportSelection();
    keyed.add(1, new Letters().foreign("x"));
    ReplayStatement well =
        new ReplayStatement(
            "id", 3, 3, new TreeMap<>(), new TreeMap<>(), 0, new TreeMap<>(), null, null);
    ReplayStatement mixed =
        new ReplayStatement(
            "id",
            1_234,
            1_000,
            new TreeMap<>(Map.of("ROW_REJECTED", 200L)),
            new TreeMap<>(),
            34,
            new TreeMap<>(Map.of("without a key", 2L)),
            "Kafka is away",
            "no router runs");
    DiscardCommand.Discarded discarded = new DiscardCommand.Discarded(6, 5, 0);
    pins.pin("dlq discard", DiscardCommand::new, discard -> discard.report(discarded), CONFIRM);
    DiscardCommand.Discarded partly = new DiscardCommand.Discarded(6, 5, 1);
    pins.pin(
        "dlq discard",
        DiscardCommand::new,
        discard -> Pins.failing(() -> discard.report(partly)),
        CONFIRM);
    pins.pin(
        "dlq import --dry-run",
        ImportCommand::new,
        command -> command.report(selection, 0),
        "file",
        "--dry-run");
    pins.pin(
        "dlq import",
        ImportCommand::new,
        command -> Pins.failing(() -> command.report(selection, 1)),
        "file");
    pins.pin("dlq import", ImportCommand::new, command -> command.report(keyed, 1), "file");
    ExportCommand.Exported exported = new ExportCommand.Exported(1_234, "out.ndjson", true);
    pins.pin("dlq export", ExportCommand::new, command -> command.show(exported), "out.ndjson");
    for (ReplayStatement statement : List.of(well, mixed)) {
      pins.pin(
          "dlq replay",
          output ->
              output.show(
                  ReplayingCommand.Replayed.of(1_500, statement),
                  out -> ReplayingCommand.print(out, 1_500, statement)));
    }
    ReplayForecast.Judged judged =
        new ReplayForecast.Judged(
            12, new TreeMap<>(Map.of("stored", 10L, "UNKNOWN_CLIENT", 2L)), List.of("a notice"));
    pins.pin("dlq replay --dry-run", output -> ReplayForecast.show(output, judged));
    pins.check(Path.of("src/test/resources/pins/changes.txt"));
  }
}
