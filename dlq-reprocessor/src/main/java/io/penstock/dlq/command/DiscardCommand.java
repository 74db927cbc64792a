package io.penstock.dlq.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.ActorOption;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.letter.LetterText;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq discard}. */
@Command(
    name = "discard",
    mixinStandardHelpOptions = true,
    description = {
      "Ends dead letters for good: their events will never be stored.",
      "Export them first if anybody may want them back. The audit log keeps who did it, and why."
    })
final class DiscardCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @ParentCommand private DlqMain dlq = new DlqMain();
  @Mixin private FilterOptions filters = new FilterOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--because",
      paramLabel = "TEXT",
      description = "Required: why nobody wants them, for the audit log.")
  private @Nullable String because;

  @Option(
      names = "--confirm",
      required = true,
      paramLabel = "N",
      description =
          "How many there are, as \"dlq stats\" or \"dlq list\" counted them with the same filters. If there are more or fewer now, nothing is done.")
  private long confirm;

  @Mixin private ActorOption actor = new ActorOption();

  private record Config(KafkaConfig kafka, PostgresConfig postgres) {}

  @Override
  public Integer call() {
    String who = actor.actor();
    LetterFilter filter = filters.filter(Instant.now());
    String about =
        "filter=[%s] because=%s"
            .formatted(LetterAudit.bounded(filter), LetterAudit.bounded(why(filter)));
    Config config =
        dlq.config(reader -> new Config(KafkaConfig.from(reader), PostgresConfig.from(reader)));
    try (LetterAudit audit =
        new LetterAudit(config.postgres, LetterAudit.Work.DISCARD, who, filter.client(), about)) {
      return LetterReading.run(
          config.kafka,
          dlq.names(filter, config.kafka),
          3,
          spec.commandLine().getErr(),
          letters -> discard(letters, filter, audit));
    }
  }

  /** The text for the audit log; whoever gave it as --reason is told where it goes. */
  private String why(LetterFilter filter) {
    if (because == null) {
      throw new ParameterException(
          spec.commandLine(),
          "Missing required option: '--because=TEXT'." + aboutReason(filter.reason()));
    }
    if (because.isBlank()) {
      throw CommandFailure.usage("--because is empty");
    }
    return because;
  }

  /** Other tools' letters may have any reason, so that this is not an error by itself. */
  private static String aboutReason(@Nullable String reason) {
    boolean text =
        reason != null
            && reason
                .chars()
                .anyMatch(one -> Character.isWhitespace(one) || Character.isLowerCase(one));
    return text
        ? " --reason chooses letters by their reason, such as UNKNOWN_CLIENT; why they are"
            + " discarded goes to --because \""
            + LetterText.line(reason)
            + "\"."
        : "";
  }

  private int discard(OutstandingLetters letters, LetterFilter filter, LetterAudit audit) {
    long count = letters.count();
    if (count != confirm) {
      throw CommandFailure.failed(
              "These filters mean %,d dead letters, not %,d; nothing was discarded.%s"
                  .formatted(count, confirm, aboutReason(filter.reason())),
              null)
          .result(json -> write(json, new OutstandingLetters.Discarded(0, 0), count));
    }
    if (count == 0) {
      return report(new OutstandingLetters.Discarded(0, 0), 0);
    }
    audit.started(count);
    long[] confirmed = new long[1];
    OutstandingLetters.Discarded discarded;
    try {
      discarded = letters.discard(done -> confirmed[0] = done);
    } catch (KafkaException | CommandRun.Interrupted e) {
      audit.ended(confirmed[0]);
      String why =
          e instanceof KafkaException ? "then Kafka failed: " + e.getMessage() : "interrupted";
      String message =
          "At least %,d of %,d dead letters were discarded, %s. Count again, and run it again."
              .formatted(confirmed[0], count, why);
      throw CommandFailure.ended(confirmed[0] > 0, message, e)
          .result(json -> write(json, new OutstandingLetters.Discarded(confirmed[0], 0), count));
    }
    audit.ended(discarded.tombstones());
    return report(discarded, count);
  }

  int report(OutstandingLetters.Discarded discarded, long outstanding) {
    PrintWriter out = spec.commandLine().getOut();
    if (!output.json()) {
      out.println(
          "%,d of %,d dead letters discarded.".formatted(discarded.tombstones(), outstanding));
    }
    if (discarded.keyless() > 0) {
      throw CommandFailure.partly(
              "%,d have no key, which a tombstone needs; only the topic's retention ends them."
                  .formatted(discarded.keyless()),
              null)
          .result(json -> write(json, discarded, outstanding));
    }
    if (output.json()) {
      out.println(Json.object(json -> write(json, discarded, outstanding)));
    }
    out.flush();
    return ExitCode.DONE;
  }

  private static void write(
      JsonGenerator json, OutstandingLetters.Discarded discarded, long outstanding)
      throws IOException {
    json.writeNumberField("outstanding", outstanding);
    json.writeNumberField("discarded", discarded.tombstones());
    json.writeNumberField("withoutKey", discarded.keyless());
  }
}
