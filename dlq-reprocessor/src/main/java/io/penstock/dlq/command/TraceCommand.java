package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.dlq.letter.LetterText;
import io.penstock.dlq.trace.Asked;
import io.penstock.dlq.trace.Trace;
import io.penstock.dlq.trace.Tracer;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./penstock trace}. */
@Command(
    name = "trace",
    description = {
      "Tells what became of one event: stored, dead letter, discarded, deleted with its client, in flight, lost, gone or never seen, and the evidence. Keys are masked.",
      "Exit codes: 0 the story is known, 1 the event was never seen, 2 wrong use, 3 something could not be asked; what was found still holds."
    })
@Shows(Trace.class)
final class TraceCommand extends DlqCommand {
  @Parameters(
      paramLabel = "EVENT_ID|PLACE",
      description =
          "The event's id, or where its record stands: TOPIC-PARTITION-OFFSET, or TOPIC:TOPIC_ID-PARTITION-OFFSET as \"dlq list\" prints it.")
  private String asked = "";

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Whose event it is; without it, an id is looked for in all clients' tables.")
  private @Nullable String client;

  @Option(
      names = "--payload",
      description = "Also what the event holds: of its row, or of its record.")
  private boolean payload;

  @Override
  int run(DlqApp app) {
    Asked about;
    try {
      about = Asked.parse(asked);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(LetterText.line(e.getMessage()));
    }
    Tracer.Config config = app.config(Tracer.Config::from);
    Tracer tracer =
        new Tracer(config, app.postgres(config.postgres()), client, payload, output.err()::println);
    Trace trace = tracer.trace(about);
    var _ = output.show(trace, out -> print(out, trace));
    if (!trace.unanswered().isEmpty()) {
      return ExitCode.PARTLY;
    }
    return trace.isNeverSeen() ? ExitCode.FAILED : ExitCode.DONE;
  }

  private static void print(PrintWriter out, Trace trace) {
    out.println(
        "Event %s of client %s, origin %s"
            .formatted(known(trace.eventId()), known(trace.client()), known(trace.origin())));
    out.println();
    for (Trace.Found found : trace.evidence()) {
      out.println(
          "%-24s  %-12s  %s"
              .formatted(found.at() == null ? "now" : found.at(), found.source(), found.what()));
    }
    if (trace.payload() != null) {
      out.println();
      out.println("Payload");
      out.println(LetterText.lines(trace.payload()));
    }
    out.println();
    trace
        .unanswered()
        .forEach(question -> out.println("Not answered: " + LetterText.line(question)));
    out.println(trace.sentence());
  }

  private static String known(@Nullable String text) {
    return text == null ? "(not known)" : LetterText.line(text);
  }
}
