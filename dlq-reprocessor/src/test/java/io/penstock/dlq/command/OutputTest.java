package io.penstock.dlq.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Json;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.dlq.archive.ImportPlan;
import io.penstock.dlq.forecast.Prediction;
import io.penstock.dlq.letter.LetterStats;
import io.penstock.dlq.replay.Letters;
import io.penstock.dlq.replay.ReplayRequest;
import io.penstock.dlq.replay.ReplayStatement;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What the commands print, for people and for scripts. */
class OutputTest {
  private static final Instant AT = Instant.parse("2026-11-21T10:00:00.123Z");
  private static final String KEY = "pk_" + "k".repeat(43);
  private static final LetterFilter ALL = new LetterFilter(null, null, null, null, null, null);

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

  /** Runs what ends with an exception, for what is printed before. */
  private static void failing(Runnable work) {
    try {
      work.run();
    } catch (CommandFailure told) {
      // What it tells is FailureReport's.
    }
  }

  @Test
  void letters() throws IOException {
    Pins pins = new Pins();
    List<ListCommand.Line> lines = LETTERS.stream().map(ListCommand.Line::of).toList();
    pins.json("dlq list json", json -> ListCommand.write(json, 4, lines));
    pins.pin("dlq list", new ListCommand(), (list, out) -> list.print(out, 4, lines));
    pins.pin("dlq list", new ListCommand(), (list, out) -> list.print(out, 3, lines));
    pins.pin("dlq list", new ListCommand(), (list, out) -> list.print(out, 0, List.of()));
    for (LetterStats.By by : LetterStats.By.values()) {
      LetterStats stats = new LetterStats(by);
      LETTERS.forEach(stats::add);
      pins.pin(
          "dlq stats --by " + by + " json",
          new StatsCommand(),
          (command, out) -> out.println(Json.object(json -> command.write(json, stats))),
          "--by",
          by.name());
      pins.pin(
          "dlq stats --by " + by,
          new StatsCommand(),
          (command, out) -> command.print(out, stats, Integer.MAX_VALUE),
          "--by",
          by.name());
    }
    LetterStats many = new LetterStats(LetterStats.By.REASON);
    for (int i = 0; i < 1_100; i++) {
      many.add(letter(i, "client" + i, "insert:ROW_REJECTED:53:field" + i, ""));
    }
    pins.pin(
        "dlq stats --by REASON json",
        new StatsCommand(),
        (command, out) -> out.println(Json.object(json -> command.write(json, many))),
        "--by",
        "reason");
    Prediction.Said said = new Prediction.Said("stored", "in client_acme");
    Prediction.Said unknown = new Prediction.Said(null, "PostgreSQL is away");
    for (DeadLetter letter : LETTERS) {
      pins.json("dlq show json", json -> new ShowCommand().write(json, letter, said));
      pins.pin(
          "dlq show",
          new ShowCommand(),
          (show, out) -> show.print(out, letter, unknown),
          letter.name());
    }
    pins.json("dlq show json", json -> new ShowCommand().write(json, LETTERS.getFirst(), unknown));
    pins.check(Path.of("src/test/resources/pins/letters.txt"));
  }

  /** Has nothing but the options. */
  @Command(name = "any")
  private static final class Any {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin
    private io.penstock.core.cli.OutputOption output = new io.penstock.core.cli.OutputOption();
  }

  @Test
  void changes() throws IOException {
    Pins pins = new Pins();
    ImportPlan plan = new ImportPlan();
    plan.add(1, LETTERS.getFirst());
    plan.add(2, LETTERS.getFirst());
    plan.add(3, LETTERS.getLast());
    plan.outstanding(LETTERS.getLast());
    plan.add(
        4,
        Objects.requireNonNull(
            DeadLetter.of(new ConsumerRecord<>("dead", 0, 0, null, new byte[0]))));
    ImportPlan keyed = new ImportPlan();
    keyed.add(1, new Letters().foreign("x"));
    ReplayRequest request = new ReplayOptions().request(ALL, ReplayRequest::unchanged, () -> {});
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
    for (String[] args : new String[][] {{"--output", "json"}, {}}) {
      String json = args.length == 0 ? "" : " json";
      pins.pin(
          "dlq discard" + json,
          new DiscardCommand(),
          (discard, out) -> discard.report(new OutstandingLetters.Discarded(5, 0), 6),
          with(args, "--confirm", "6"));
      pins.pin(
          "dlq discard" + json,
          new DiscardCommand(),
          (discard, out) ->
              failing(() -> discard.report(new OutstandingLetters.Discarded(5, 1), 6)),
          with(args, "--confirm", "6"));
      pins.pin(
          "dlq import --dry-run" + json,
          new ImportCommand(),
          (command, out) -> command.report(plan, 0),
          with(args, "file", "--dry-run"));
      pins.pin(
          "dlq import" + json,
          new ImportCommand(),
          (command, out) -> failing(() -> command.report(plan, 1)),
          with(args, "file"));
      pins.pin(
          "dlq import" + json,
          new ImportCommand(),
          (command, out) -> command.report(keyed, 1),
          with(args, "file"));
      for (ReplayStatement statement : List.of(well, mixed)) {
        pins.pin(
            "dlq replay" + json,
            new Any(),
            (any, out) -> new ReplayRun(any.spec, any.output, ALL, request).print(1_500, statement),
            args);
      }
      pins.pin(
          "dlq replay --dry-run" + json,
          new Any(),
          (any, out) ->
              new ReplayPreview(new DlqMain(), any.spec, any.output)
                  .print(
                      12,
                      new TreeMap<>(Map.of("stored", 10L, "UNKNOWN_CLIENT", 2L)),
                      List.of("a notice")),
          args);
    }
    pins.check(Path.of("src/test/resources/pins/changes.txt"));
  }

  private static String[] with(String[] first, String... more) {
    List<String> all = new java.util.ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
