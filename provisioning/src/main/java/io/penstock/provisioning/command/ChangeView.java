package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Output;
import io.penstock.provisioning.client.Announcement;
import io.penstock.provisioning.client.ChangeOutcome;

/**
 * What came of a change.
 *
 * @param changed false: it was so already
 * @param detail what changed, or how it was already
 */
record ChangeView(
    String clientId, boolean changed, String detail, @JsonUnwrapped Announcement announcement) {
  /** Returns the exit code. */
  static int show(Output output, ChangeOutcome outcome) {
    ChangeView view =
        switch (outcome) {
          case ChangeOutcome.Changed(String id, String detail, Announcement announcement) ->
              new ChangeView(id, true, detail, announcement);
          case ChangeOutcome.Unchanged(String id, String why, Announcement announcement) ->
              new ChangeView(id, false, why, announcement);
        };
    var _ =
        output.show(
            view,
            out ->
                out.println(
                    "%s: %s%s; %s"
                        .formatted(
                            view.clientId,
                            view.changed ? "" : "unchanged, ",
                            view.detail,
                            view.announcement)));
    return exitCode(view.announcement);
  }

  /** A change that routers may not know of is partly done: run the command again. */
  static int exitCode(Announcement announcement) {
    return announcement.warning() == null ? ExitCode.DONE : ExitCode.PARTLY;
  }
}
