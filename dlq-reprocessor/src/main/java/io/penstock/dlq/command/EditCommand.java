package io.penstock.dlq.command;

import io.penstock.core.cli.Shows;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.dlq.correction.Corrected;
import io.penstock.dlq.correction.Corrections;
import io.penstock.dlq.letter.LetterText;
import io.penstock.dlq.replay.Prepared;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./penstock dlq edit}. */
@Command(
    name = "edit",
    description = {
      "Replays dead letters with mechanical corrections; what they do not touch stays byte for byte.",
      "A letter that they leave as it is, or cannot be applied to, stays. The audit log keeps every original, with keys masked; \"dlq export\" first keeps it whole."
    })
@Shows({ReplayingCommand.Replayed.class, ReplayForecast.Judged.class})
final class EditCommand extends ReplayingCommand {
  @Mixin private CorrectionOptions corrections = new CorrectionOptions();

  @Override
  int run(DlqApp app) {
    Corrections wanted = corrections.corrections();
    return replay(
        app,
        LetterAudit.Work.EDIT,
        " corrections=[%s]".formatted(LetterAudit.bounded(wanted)),
        (filter, audit) -> {
          List<LetterAudit.Edited> edited = new ArrayList<>();
          return options.request(
              filter,
              letter -> corrected(letter, wanted, audit == null ? _ -> {} : edited::add),
              () -> {
                if (audit != null) {
                  audit.originals(edited);
                }
                edited.clear();
              });
        });
  }

  private static Prepared corrected(
      DeadLetter letter, Corrections wanted, Consumer<LetterAudit.Edited> edited) {
    return switch (wanted.apply(letter.value(), letter.headers())) {
      case Corrected.Changed(var value, var headers) -> {
        edited.accept(
            new LetterAudit.Edited(
                letter.name(),
                letter.text(DeadLetterHeaders.CLIENT),
                LetterText.payload(letter.value(), false),
                LetterText.payload(value, false)));
        yield new Prepared.Ready(value, headers);
      }
      case Corrected.Unchanged() -> new Prepared.Left("the corrections change nothing in them");
      case Corrected.Impossible(String why) -> new Prepared.Left(why);
    };
  }
}
