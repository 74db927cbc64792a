package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.provisioning.client.Announcement;
import io.penstock.provisioning.client.ChangeOutcome;
import java.io.IOException;
import java.io.PrintWriter;

/** Prints what came of a change. */
final class ChangeResult {
  private ChangeResult() {}

  /** Returns the exit code. */
  static int print(PrintWriter out, ChangeOutcome outcome, boolean json) {
    switch (outcome) {
      case ChangeOutcome.Changed(String id, String detail, Announcement announcement) ->
          out.println(
              json
                  ? Json.object(fields -> {
                    fields.writeStringField("clientId", id);
                    fields.writeBooleanField("changed", true);
                    fields.writeStringField("detail", detail);
                    writeAnnouncement(fields, announcement);
                  })
                  : id + ": " + detail + "; " + announcement);
      case ChangeOutcome.Unchanged(String id, String why) ->
          out.println(
              json
                  ? Json.object(fields -> {
                    fields.writeStringField("clientId", id);
                    fields.writeBooleanField("changed", false);
                    fields.writeStringField("detail", why);
                  })
                  : id + ": unchanged, " + why);
    }
    out.flush();
    return ExitCode.DONE;
  }

  static void writeAnnouncement(JsonGenerator json, Announcement announcement) throws IOException {
    json.writeNumberField("routersTold", announcement.routers());
    if (announcement.warning() != null) {
      json.writeStringField("warning", announcement.warning());
    }
  }
}
