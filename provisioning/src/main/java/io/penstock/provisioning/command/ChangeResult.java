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
      case ChangeOutcome.Unchanged(String id, String why, Announcement announcement) ->
          out.println(
              json
                  ? Json.object(fields -> {
                    fields.writeStringField("clientId", id);
                    fields.writeBooleanField("changed", false);
                    fields.writeStringField("detail", why);
                    writeAnnouncement(fields, announcement);
                  })
                  : id + ": unchanged, " + why + "; " + announcement);
    }
    out.flush();
    return exitCode(outcome.announcement());
  }

  /** A change that routers may not know of is partly done: run the command again. */
  static int exitCode(Announcement announcement) {
    return announcement.warning() == null ? ExitCode.DONE : ExitCode.PARTLY;
  }

  static void writeAnnouncement(JsonGenerator json, Announcement announcement) throws IOException {
    json.writeNumberField("routersTold", announcement.routers());
    if (!announcement.unconfirmed().isEmpty()) {
      json.writeArrayFieldStart("unconfirmed");
      for (Announcement.Unconfirmed one : announcement.unconfirmed()) {
        json.writeStartObject();
        json.writeStringField("router", one.router());
        json.writeStringField("host", one.host());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    if (announcement.knownBy() != null) {
      json.writeStringField("knownBy", announcement.knownBy().toString());
    }
    if (announcement.warning() != null) {
      json.writeStringField("warning", announcement.warning());
    }
  }
}
