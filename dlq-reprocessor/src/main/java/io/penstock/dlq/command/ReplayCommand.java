package io.penstock.dlq.command;

import io.penstock.core.cli.ActorOption;
import io.penstock.core.cli.Shows;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.dlq.replay.ReplayConfig;
import io.penstock.dlq.replay.ReplayRequest;
import java.time.Instant;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./penstock dlq replay}. */
@Command(
    name = "replay",
    description = {
      "Brings dead letters' events back to the events topic, and tells what became of them.",
      "Each event and the end of its letter go together or not at all. It may be stopped and run again, and several may run at once."
    })
@Shows({ReplayRun.Replayed.class, ReplayForecast.Judged.class})
final class ReplayCommand extends DlqCommand.OnLetters {
  @Mixin private ReplayOptions options = new ReplayOptions();
  @Mixin private ActorOption actor = new ActorOption();

  @Override
  public Integer call() {
    LetterFilter filter = filters.filter(Instant.now());
    ReplayRequest request = options.request(filter, ReplayRequest::unchanged, () -> {});
    if (options.dryRun()) {
      return new ReplayForecast(dlq, output).run(filter, request);
    }
    String who = actor.actor();
    ReplayConfig config = dlq.config(ReplayConfig::from);
    String replayId = UUID.randomUUID().toString();
    try (LetterAudit audit =
        new LetterAudit(
            config.postgres(),
            LetterAudit.Work.REPLAY,
            who,
            filter.client(),
            "replay=%s filter=[%s]".formatted(replayId, LetterAudit.bounded(filter)))) {
      return new ReplayRun(output, filter, request).replay(config, replayId, audit);
    }
  }
}
