package io.penstock.provisioning.job;

import io.penstock.core.client.ClientRules;
import io.penstock.core.metadata.AdvisoryLock;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A client in work: one job at a time, under an {@link AdvisoryLock}. */
public final class ClientLock {
  /** PostgreSQL needs a moment to notice that a job was killed. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private ClientLock() {}

  /**
   * Takes the lock, or gives up after two seconds.
   *
   * @return null if another job has it; {@link #holder} tells which
   */
  public static @Nullable AdvisoryLock tryTake(Connection connection, String clientId)
      throws SQLException {
    return AdvisoryLock.tryTake(connection, AdvisoryLock.Key.ofClient(clientId), PATIENCE);
  }

  /** What is done while the lock is held. */
  public interface Work<T> {
    /**
     * @param connection the one that holds the lock
     */
    T run(Connection connection) throws SQLException, StepFailed;
  }

  /**
   * Works on a client with its lock held.
   *
   * @throws StepFailed if another job has the lock; the message names it
   */
  public static <T> T whileHeld(DataSource metadata, String clientId, Work<T> work)
      throws SQLException, StepFailed {
    try (Connection connection = metadata.getConnection();
        AdvisoryLock lock = tryTake(connection, clientId)) {
      if (lock == null) {
        throw new StepFailed(
            "%s is in work by %s; run this again when that is done"
                .formatted(clientId, holder(connection, clientId)));
      }
      return work.run(connection);
    }
  }

  /** Who has the lock, for a person. */
  public static String holder(Connection connection, String clientId) throws SQLException {
    return AdvisoryLock.holder(connection, AdvisoryLock.Key.ofClient(clientId));
  }

  /**
   * The client as it is now.
   *
   * @throws StepFailed if there is no client of this id, or its row is none that Penstock wrote
   */
  public static ClientRow read(Connection connection, String clientId)
      throws SQLException, StepFailed {
    ClientRow client = ClientsTable.find(connection, clientId);
    if (client == null) {
      throw new StepFailed(ClientsTable.unknown(connection, clientId));
    }
    String odd = ClientRules.databaseProblem(client.database());
    if (odd != null) {
      throw new StepFailed(odd);
    }
    return client;
  }
}
