package io.penstock.provisioning.client;

import io.penstock.core.client.ApiKeys;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.Secret;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseTargets;
import io.penstock.provisioning.target.ReaderAccess;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;

/** The ClickHouse users of clients' analysts. Thread-safe. */
public final class Readers {
  private final JobTools tools;
  private final ClickHouseTargets targets;
  private final SecureRandom random;

  /** Does not own what it is given. */
  public Readers(JobTools tools, ClickHouseTargets targets, SecureRandom random) {
    this.tools = tools;
    this.targets = targets;
    this.random = random;
  }

  /**
   * Creates the user, or gives it a new password and limits.
   *
   * @throws StepFailed if the client has no database, or ClickHouse refuses or does not answer
   */
  public ReaderGrant grant(String clientId, ReaderAccess.Limits limits)
      throws SQLException, StepFailed {
    return tools.whileHeld(
        clientId,
        connection -> {
          ReaderAccess access = access(connection, clientId);
          Secret password = Secret.of(ApiKeys.password(random));
          ReaderAccess.Outcome outcome = access.grant(password, limits);
          note(connection, clientId, "reader.granted", access, outcome);
          return new ReaderGrant(clientId, access.user(), outcome, password);
        });
  }

  /**
   * Drops the user where it is.
   *
   * @throws StepFailed if there is no such client, or ClickHouse refuses or does not answer
   */
  public ReaderGrant drop(String clientId) throws SQLException, StepFailed {
    return tools.whileHeld(
        clientId,
        connection -> {
          ReaderAccess access = access(connection, clientId);
          ReaderAccess.Outcome outcome = access.drop();
          note(connection, clientId, "reader.revoked", access, outcome);
          return new ReaderGrant(clientId, access.user(), outcome, null);
        });
  }

  private ReaderAccess access(Connection connection, String clientId)
      throws SQLException, StepFailed {
    ClientRow client = ClientLock.read(connection, clientId);
    if (client.status() != ClientStatus.ACTIVE && client.status() != ClientStatus.SUSPENDED) {
      throw new StepFailed(
          clientId
              + " is "
              + client.status().text()
              + "; only a client with a database has readers");
    }
    return new ReaderAccess(targets.get(client.target()), client.database(), tools.effects());
  }

  private void note(
      Connection connection,
      String clientId,
      String action,
      ReaderAccess access,
      ReaderAccess.Outcome outcome)
      throws SQLException {
    if (outcome == ReaderAccess.Outcome.DONE) {
      tools.note(connection, action, clientId, "user " + access.user());
    }
  }
}
