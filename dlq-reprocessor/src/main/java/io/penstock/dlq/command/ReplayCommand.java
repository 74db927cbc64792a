package io.penstock.dlq.command;

import io.penstock.core.cli.Shows;
import io.penstock.dlq.replay.ReplayRequest;
import picocli.CommandLine.Command;

/** {@code ./penstock dlq replay}. */
@Command(
    name = "replay",
    description = {
      "Brings dead letters' events back to the events topic, and tells what became of them.",
      "Each event and the end of its letter go together or not at all. It may be stopped and run again, and several may run at once."
    })
@Shows({ReplayingCommand.Replayed.class, ReplayForecast.Judged.class})
final class ReplayCommand extends ReplayingCommand {
  @Override
  int run(DlqApp app) {
    return replay(
        app,
        LetterAudit.Work.REPLAY,
        "",
        (filter, _) -> options.request(filter, ReplayRequest::unchanged, () -> {}));
  }
}
