package io.penstock.dlq.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.ActorOption;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.ProgressBar;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.letter.LetterText;
import io.penstock.dlq.replay.ReplayConfig;
import io.penstock.dlq.replay.ReplayRequest;
import io.penstock.dlq.replay.ReplayStatement;
import io.penstock.dlq.replay.Replayer;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.SortedMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that replays letters, as they are or corrected, and prints the statement. */
abstract class ReplayingCommand extends DlqCommand.OnLetters {
  @Mixin final ReplayOptions options = new ReplayOptions();
  @Mixin private ActorOption actor = new ActorOption();

  /** Says what is to be replayed. */
  interface Request {
    /**
     * @param audit where originals are noted; null: the letters are only judged
     */
    ReplayRequest of(LetterFilter filter, @Nullable LetterAudit audit);
  }

  /**
   * Replays the letters, or forecasts what would become of them.
   *
   * @param about more for the audit log, of {@link LetterAudit#bounded} texts
   * @return the exit code
   */
  final int replay(DlqApp app, LetterAudit.Work work, String about, Request wanted) {
    LetterFilter filter = filters.filter(Instant.now());
    ReplayRequest judged = wanted.of(filter, null);
    if (options.dryRun()) {
      return new ReplayForecast(app, output).run(filter, judged);
    }
    String who = actor.actor();
    ReplayConfig config = app.config(ReplayConfig::from);
    String replayId = UUID.randomUUID().toString();
    LetterAudit audit =
        new LetterAudit(
            app.postgres(config.postgres()),
            work,
            who,
            filter.client(),
            "replay=%s filter=[%s]%s".formatted(replayId, LetterAudit.bounded(filter), about));
    return replay(app, config, filter, wanted.of(filter, audit), replayId, audit);
  }

  private int replay(
      DlqApp app,
      ReplayConfig config,
      LetterFilter filter,
      ReplayRequest request,
      String replayId,
      LetterAudit audit) {
    try {
      Replayer.requireSameSecret(config);
    } catch (KafkaException e) {
      throw failed(config, e);
    }
    long meant =
        LetterReading.run(
            config.kafka(),
            app.names(filter, config.kafka()),
            1,
            output.err(),
            OutstandingLetters::count);
    long selected = Math.min(meant, request.limit());
    try (ProgressBar bar = new ProgressBar(output.err(), "letters replayed", selected)) {
      Replayer replayer =
          new Replayer(
              config, app.postgres(config.postgres()), replayId, bar::advance, bar::message);
      audit.started(selected);
      CommandRun.current().whenInterrupted(replayer::stop);
      ReplayStatement statement = replayer.run(request);
      audit.ended(statement.replayed());
      bar.close();
      return end(selected, statement);
    } catch (KafkaException e) {
      throw failed(config, e);
    }
  }

  private static CommandFailure failed(ReplayConfig config, KafkaException e) {
    return CommandFailure.failed(
        "Kafka at %s: %s; nothing was replayed"
            .formatted(config.kafka().bootstrapServers(), e.getMessage()),
        e);
  }

  /**
   * Prints the statement and returns the exit code. After SIGINT or SIGTERM the transaction under
   * way has ended, and the statement has what is known.
   */
  private int end(long selected, ReplayStatement statement) {
    return output.end(
        exitCode(statement),
        Replayed.of(selected, statement),
        out -> print(out, selected, statement),
        () -> interrupted(selected, statement));
  }

  private static CommandFailure interrupted(long selected, ReplayStatement statement) {
    String message =
        "Interrupted: %,d of %,d letters were replayed; of these %,d are stored so far, %,d in flight"
            .formatted(statement.replayed(), selected, statement.stored(), statement.inFlight());
    return CommandFailure.ended(statement.replayed() > 0, message, null)
        .remedy("run it again for the rest; what is in flight needs nothing more");
  }

  private static int exitCode(ReplayStatement statement) {
    boolean whole =
        statement.stopped() == null
            && statement.notice() == null
            && statement.inFlight() == 0
            && statement.stay() == 0;
    if (statement.failed() > 0) {
      return ExitCode.of(statement.failed(), statement.replayed());
    }
    return whole ? ExitCode.DONE : statement.replayed() == 0 ? ExitCode.FAILED : ExitCode.PARTLY;
  }

  /**
   * How a replay ended.
   *
   * @param replay its id, which stands on every event that was replayed
   * @param selected how many letters were meant
   */
  record Replayed(String replay, long selected, @JsonUnwrapped ReplayStatement statement) {
    static Replayed of(long selected, ReplayStatement statement) {
      return new Replayed(statement.replayId(), selected, statement);
    }
  }

  static void print(PrintWriter out, long selected, ReplayStatement statement) {
    out.println(
        "Replay %s: %,d of %,d letters replayed"
            .formatted(statement.replayId(), statement.replayed(), selected));
    out.println("  %,12d  stored".formatted(statement.stored()));
    out.println(line(statement.failed(), "dead again", statement.deadAgain()));
    out.println("  %,12d  in flight".formatted(statement.inFlight()));
    if (statement.stay() > 0) {
      out.println(line(statement.stay(), "left as they are", statement.left()));
    }
    if (statement.stopped() != null) {
      out.println("Stopped: " + LetterText.line(statement.stopped()));
    }
    if (statement.notice() != null) {
      out.println("Notice: " + LetterText.line(statement.notice()));
    }
  }

  private static String line(long count, String what, SortedMap<String, Long> parts) {
    String detail =
        parts.entrySet().stream()
            .map(part -> "%s %,d".formatted(LetterText.line(part.getKey()), part.getValue()))
            .collect(Collectors.joining(", "));
    return "  %,12d  %s%s".formatted(count, what, detail.isEmpty() ? "" : ": " + detail);
  }
}
