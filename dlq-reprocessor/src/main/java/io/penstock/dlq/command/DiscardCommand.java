package io.penstock.dlq.command;

import io.penstock.core.cli.ActorOption;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.letter.LetterText;
import java.time.Instant;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq discard}. */
@Command(
    name = "discard",
    description = {
      "Ends dead letters for good: their events will never be stored.",
      "Export them first if anybody may want them back. The audit log keeps who did it, and why."
    })
@Shows(DiscardCommand.Discarded.class)
final class DiscardCommand extends DlqCommand.OnLetters {
  @Spec private CommandSpec spec = CommandSpec.create();

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

  /**
   * What became of letters.
   *
   * @param outstanding how many there were
   * @param discarded of these
   * @param withoutKey cannot be discarded
   */
  record Discarded(long outstanding, long discarded, long withoutKey) {}

  @Override
  int run(DlqApp app) {
    String who = actor.actor();
    LetterFilter filter = filters.filter(Instant.now());
    String about =
        "filter=[%s] because=%s"
            .formatted(LetterAudit.bounded(filter), LetterAudit.bounded(why(filter)));
    Config config =
        app.config(reader -> new Config(KafkaConfig.from(reader), PostgresConfig.from(reader)));
    LetterAudit audit =
        new LetterAudit(
            app.postgres(config.postgres), LetterAudit.Work.DISCARD, who, filter.client(), about);
    return LetterReading.run(
        config.kafka,
        app.names(filter, config.kafka),
        3,
        output.err(),
        letters -> discard(letters, filter, audit));
  }

  /**
   * The text for the audit log. If somebody gave it as --reason, which is a filter, the message
   * says where it belongs.
   */
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

  /**
   * A hint for a --reason that looks like text for the audit log; no error by itself, since other
   * tools' letters may have any reason.
   */
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
          .result(new Discarded(count, 0, 0));
    }
    if (count == 0) {
      return report(new Discarded(0, 0, 0));
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
          .result(new Discarded(count, confirmed[0], 0));
    }
    audit.ended(discarded.tombstones());
    return report(new Discarded(count, discarded.tombstones(), discarded.keyless()));
  }

  int report(Discarded view) {
    boolean whole = view.withoutKey == 0;
    if (whole || !output.json()) {
      var _ =
          output.show(
              view,
              out ->
                  out.println(
                      "%,d of %,d dead letters discarded."
                          .formatted(view.discarded, view.outstanding)));
    }
    if (!whole) {
      throw CommandFailure.partly(
              "%,d have no key, which a tombstone needs; only the topic's retention ends them."
                  .formatted(view.withoutKey),
              null)
          .result(view);
    }
    return ExitCode.DONE;
  }
}
