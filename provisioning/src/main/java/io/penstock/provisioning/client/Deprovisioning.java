package io.penstock.provisioning.client;

import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.Sql;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.client.Remains.Size;
import io.penstock.provisioning.job.JobRun;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.Step;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ReaderAccess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps that end a client whose events are refused already, in one run of the job. Not
 * thread-safe.
 */
final class Deprovisioning {
  /** The step at which the job begins. */
  static final String GRACE = "grace";

  /** The first step after the point of no return. */
  static final String DROP = "drop-database";

  static final String EVENTS = "events";
  static final String BYTES = "bytes";
  static final String KEYS = "keysRevoked";
  static final String LETTERS = "deadLetters";
  static final String DISCARDED = "deadLettersDiscarded";

  private final Means means;
  private final Connection connection;
  private final ClientRow client;
  private final DeprovisionRequest request;
  private final Remains remains;
  private final JobRun job;
  private final Consumer<String> progress;
  private @Nullable Announcement told;

  /** What all runs share. */
  record Means(JobTools tools, RoutersConfig routers, Announcer announcer) {}

  /**
   * @param client as it is now, under the lock that {@code connection} holds
   * @param progress told in a sentence what is going on
   */
  Deprovisioning(
      Means means,
      Connection connection,
      ClientRow client,
      DeprovisionRequest request,
      Remains remains,
      JobRun job,
      Consumer<String> progress) {
    this.means = means;
    this.connection = connection;
    this.client = client;
    this.request = request;
    this.remains = remains;
    this.job = job;
    this.progress = progress;
  }

  /** Returns whether the client is deprovisioned; false: its time of grace is not over. */
  boolean run() throws SQLException, StepFailed {
    return job.run(
        List.of(
            new Step.Gate(GRACE, this::graceIsOver),
            new Step.Work("drain", this::drain),
            new Step.Work("export", this::export),
            new Step.Work("begin-drop", this::beginDrop),
            new Step.Work(DROP, this::dropDatabase),
            new Step.Work("drop-reader", this::dropReader),
            new Step.Work("revoke-keys", this::revokeKeys),
            new Step.Work("count-letters", () -> job.count(LETTERS, remains.countDeadLetters())),
            new Step.Work("discard-letters", this::discardLetters),
            new Step.Work("close", this::close)));
  }

  /** How far routers know that the client's events are refused; tells them once in a run. */
  Announcement told() {
    if (told == null) {
      means.tools.before("tell the routers");
      told = means.announcer.announce(client.clientId());
      progress.accept(told.toString());
    }
    return told;
  }

  private boolean graceIsOver() throws SQLException {
    var _ = told();
    Instant until = client.deprovisionAt();
    return until == null || !until.isAfter(now(connection));
  }

  private void drain() throws SQLException, StepFailed {
    Duration limit = request.drainLimit();
    if (limit == null) {
      return;
    }
    means.tools.before("wait for what is in flight");
    awaitForgetting(told());
    new Drain(means.routers.kafka(), means.routers.group())
        .await(
            limit,
            left -> {
              progress.accept("waiting for the routers: %,d records".formatted(left));
              job.tell("recordsLeft", left);
            });
  }

  /** Waits until no router uses what it held of the client any more. */
  private void awaitForgetting(Announcement announcement) throws StepFailed {
    if (announcement.knownBy() == null) {
      return;
    }
    Duration wait = means.routers.noticedWithin();
    progress.accept(
        "waiting %d s, until who has not confirmed has looked the client up again"
            .formatted(wait.toSeconds()));
    try {
      boolean _ = CommandRun.current().sleep(wait);
      CommandRun.current().checkpoint();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while waiting for the routers");
    }
  }

  private void export() throws StepFailed {
    Path folder = request.exportFolder();
    if (folder != null) {
      progress.accept("exporting to " + folder);
      job.files(remains.export(folder, request.exportFormat()));
    }
  }

  /** Measures what will go, and notes that it goes; a run before may have come to the note. */
  private void beginDrop() throws SQLException, StepFailed {
    Size size = remains.size();
    job.count(EVENTS, size.events());
    job.count(BYTES, size.bytes());
    if (client.dropStartedAt() != null) {
      return;
    }
    change(
        "client.drop-started",
        "database %s on %s, events=%d bytes=%d%s"
            .formatted(
                client.database(),
                client.target(),
                size.events(),
                size.bytes(),
                job.files().isEmpty() ? "" : ", exported: " + String.join(", ", job.files())),
        "UPDATE clients SET drop_started_at = now() WHERE client_id = ?");
  }

  private void dropDatabase() throws StepFailed {
    progress.accept("dropping the database");
    remains.dropDatabase();
  }

  /**
   * Drops the reader. A server without access management has none, unless the audit log says
   * otherwise.
   */
  private void dropReader() throws SQLException, StepFailed {
    ReaderAccess access = remains.reader();
    if (access.drop() == ReaderAccess.Outcome.NO_ACCESS_MANAGEMENT
        && Sql.first(
                connection,
                "SELECT 1 FROM audit_log WHERE client_id = ? AND action = 'reader.granted' LIMIT 1",
                row -> row.getInt(1),
                client.clientId())
            != null) {
      throw new StepFailed(
          "ClickHouse does not let Penstock drop the user %s, which it once created; give Penstock's user the right, then run this again"
              .formatted(access.user()));
    }
  }

  /** Revokes the keys, and counts those that this and interrupted runs before it have revoked. */
  private void revokeKeys() throws SQLException {
    means.tools.before("revoke the keys");
    var _ =
        Sql.update(
            connection,
            "UPDATE api_keys SET revoked_at = now() WHERE client_id = ? AND revoked_at IS NULL",
            client.clientId());
    Long revoked =
        Sql.first(
            connection,
            "SELECT count(*) FROM api_keys JOIN clients USING (client_id) WHERE client_id = ? AND revoked_at >= drop_started_at",
            row -> row.getLong(1),
            client.clientId());
    job.count(KEYS, revoked == null ? 0 : revoked);
  }

  private void discardLetters() throws StepFailed {
    if (request.discardDeadLetters()) {
      job.count(DISCARDED, job.count(LETTERS) - remains.discardDeadLetters());
    }
  }

  private void close() throws SQLException {
    change(
        "client.deprovisioned",
        "keys revoked: %d, dead letters %s: %d"
            .formatted(
                job.count(KEYS),
                job.has(DISCARDED) ? "discarded" : "kept",
                job.count(job.has(DISCARDED) ? DISCARDED : LETTERS)),
        "UPDATE clients SET status = 'deprovisioned' WHERE client_id = ?");
  }

  private void change(String action, String detail, String update) throws SQLException {
    means.tools.before(action);
    var _ =
        means.tools.change(
            connection,
            action,
            client.clientId(),
            detail,
            () -> Sql.update(connection, update, client.clientId()));
  }

  private static Instant now(Connection connection) throws SQLException {
    Instant now = Sql.first(connection, "SELECT now() AS now", row -> Sql.time(row, "now"));
    return now == null ? Instant.MAX : now;
  }
}
