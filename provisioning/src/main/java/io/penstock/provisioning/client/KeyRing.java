package io.penstock.provisioning.client;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ApiKeys;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.Secret;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.StepFailed;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The API keys of clients. An event is judged by its key's state at the moment when the broker
 * accepted it, so what waits in Kafka survives a rotation. Keys are named by the first digits of
 * their hashes. Every change works under the client's lock and stands in the audit log.
 * Thread-safe.
 */
public final class KeyRing {
  private static final int MIN_PREFIX = 4;

  /** A condition on keys that are still valid. */
  private static final String STILL_VALID =
      "client_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())";

  private final JobTools tools;
  private final Announcer announcer;
  private final SecureRandom random;

  /**
   * A new key.
   *
   * @param key what nobody can show again
   * @param ended how many other keys end because of it
   */
  public record NewKey(
      String clientId, Secret key, ApiKeyHash hash, int ended, Announcement announcement) {}

  /** Does not own what it is given. */
  public KeyRing(JobTools tools, Announcer announcer, SecureRandom random) {
    this.tools = tools;
    this.announcer = announcer;
    this.random = random;
  }

  /**
   * Adds a key.
   *
   * @param label for people, up to 200 characters
   * @param lifetime null: until it is revoked
   * @throws StepFailed if there is no such client, or it is deprovisioned
   */
  public NewKey create(String clientId, String label, @Nullable Duration lifetime)
      throws SQLException, StepFailed {
    return add(clientId, "key.created", label, lifetime, null);
  }

  /**
   * Adds a key and ends the client's others.
   *
   * @param overlap how long the others go on; zero: they are revoked now
   * @throws StepFailed if there is no such client, or it is deprovisioned
   */
  public NewKey rotate(String clientId, String label, @Nullable Duration lifetime, Duration overlap)
      throws SQLException, StepFailed {
    return add(clientId, "key.rotated", label, lifetime, overlap);
  }

  private NewKey add(
      String clientId,
      String action,
      String label,
      @Nullable Duration lifetime,
      @Nullable Duration overlap)
      throws SQLException, StepFailed {
    Secret key = Secret.of(ApiKeys.generate(random));
    ApiKeyHash hash = ApiKeyHash.ofKey(key.reveal());
    return tools.whileHeld(
        clientId,
        connection -> {
          requireAlive(ClientLock.read(connection, clientId));
          String detail = "key " + hash.toHex().substring(0, 8) + ", label \"" + label + "\"";
          Sql.Work<Integer> work =
              () -> {
                int ended = overlap == null ? 0 : end(connection, clientId, overlap);
                insert(connection, clientId, hash, label, lifetime);
                return ended;
              };
          int ended = changed(connection, clientId, action, detail, work);
          tools.before("tell the routers");
          return new NewKey(clientId, key, hash, ended, announcer.announce(clientId));
        });
  }

  /** Used by the creation of clients, too; part of the caller's transaction. */
  static void insert(
      Connection connection,
      String clientId,
      ApiKeyHash hash,
      String label,
      @Nullable Duration lifetime)
      throws SQLException {
    var _ =
        Sql.update(
            connection,
            "INSERT INTO api_keys (client_id, api_key_hash, label, expires_at)"
                + " VALUES (?, ?, ?, now() + make_interval(secs => ?::double precision))",
            clientId,
            hash.toHex(),
            label,
            lifetime == null ? null : lifetime.toMillis() / 1000.0);
  }

  private static int end(Connection connection, String clientId, Duration overlap)
      throws SQLException {
    return overlap.isZero()
        ? Sql.update(
            connection, "UPDATE api_keys SET revoked_at = now() WHERE " + STILL_VALID, clientId)
        : Sql.update(
            connection,
            "UPDATE api_keys SET expires_at = least(expires_at, now() + make_interval(secs => ?::double precision)) WHERE "
                + STILL_VALID,
            overlap.toMillis() / 1000.0,
            clientId);
  }

  /**
   * Takes a key back.
   *
   * @param prefix the first digits of its hash, four at least
   * @param immediately whether events that the broker accepted before count as refused, too, as far
   *     as they are not stored yet
   * @throws StepFailed if no key or several begin so
   */
  public ChangeOutcome revoke(String clientId, String prefix, boolean immediately)
      throws SQLException, StepFailed {
    if (!prefix.matches("[0-9a-fA-F]{" + MIN_PREFIX + ",64}")) {
      throw new StepFailed(
          "a key is named by the first digits of its hash (4 to 64 hexadecimal digits), as ./penstock keys list shows them");
    }
    return tools.whileHeld(
        clientId,
        connection -> {
          var _ = ClientLock.read(connection, clientId);
          Found key = find(connection, clientId, prefix);
          // Since its creation: no event was accepted with it before that.
          boolean revoked = immediately ? key.revokedFromTheStart : key.revoked;
          if (revoked) {
            return new ChangeOutcome.Unchanged(
                clientId,
                "key " + key.shown() + " is revoked already" + left(connection, clientId),
                announcer.announce(clientId));
          }
          String detail =
              "key "
                  + key.shown()
                  + (immediately ? ", for all events that are not stored yet" : "");
          var _ =
              changed(
                  connection,
                  clientId,
                  "key.revoked",
                  detail,
                  () ->
                      Sql.update(
                          connection,
                          "UPDATE api_keys SET revoked_at = CASE WHEN ? THEN created_at ELSE now() END"
                              + " WHERE client_id = ? AND api_key_hash = ?",
                          immediately,
                          clientId,
                          key.hash));
          tools.before("tell the routers");
          return new ChangeOutcome.Changed(
              clientId,
              "revoked " + detail + left(connection, clientId),
              announcer.announce(clientId));
        });
  }

  /**
   * Deletes keys of a label, all but the newest, so that a process that makes one at each start
   * does not make them more and more. What came with them is refused from now on, also what waits
   * in Kafka.
   *
   * @return how many
   * @throws StepFailed if there is no such client, or another job is at work on it
   */
  public int forget(String clientId, String label, int kept) throws SQLException, StepFailed {
    return tools.whileHeld(
        clientId,
        connection ->
            changed(
                connection,
                clientId,
                "key.forgotten",
                "label \"%s\", all but the newest %d".formatted(label, kept),
                () ->
                    Sql.update(
                        connection,
                        "DELETE FROM api_keys WHERE client_id = ? AND label = ? AND api_key_hash NOT IN ("
                            + "SELECT api_key_hash FROM api_keys WHERE client_id = ? AND label = ?"
                            + " ORDER BY created_at DESC, api_key_hash LIMIT ?)",
                        clientId,
                        label,
                        clientId,
                        label,
                        kept)));
  }

  /** A warning if no valid key is left; "" if there is one. */
  private static String left(Connection connection, String clientId) throws SQLException {
    boolean some =
        Sql.first(
                connection,
                "SELECT 1 FROM api_keys WHERE " + STILL_VALID + " LIMIT 1",
                row -> row.getInt(1),
                clientId)
            != null;
    return some
        ? ""
        : "; no valid key is left, so all events of %s are refused until ./penstock keys create %1$s"
            .formatted(clientId);
  }

  private record Found(String hash, boolean revoked, boolean revokedFromTheStart) {
    String shown() {
      return hash.substring(0, 8);
    }
  }

  private static Found find(Connection connection, String clientId, String prefix)
      throws SQLException, StepFailed {
    List<Found> keys =
        Sql.query(
            connection,
            "SELECT api_key_hash, revoked_at IS NOT NULL, revoked_at IS NOT NULL AND revoked_at <= created_at FROM api_keys"
                + " WHERE client_id = ? AND starts_with(api_key_hash, lower(?))",
            row -> new Found(row.getString(1), row.getBoolean(2), row.getBoolean(3)),
            clientId,
            prefix);
    if (keys.size() != 1) {
      throw new StepFailed(
          "%d keys of %s begin with %s, not one; ./penstock keys list %2$s shows them"
              .formatted(keys.size(), clientId, prefix));
    }
    return keys.getFirst();
  }

  private int changed(
      Connection connection, String clientId, String action, String detail, Sql.Work<Integer> work)
      throws SQLException {
    tools.before(action);
    return tools.change(connection, action, clientId, detail, work);
  }

  private static void requireAlive(ClientRow client) throws StepFailed {
    if (client.status() == ClientStatus.DEPROVISIONING
        || client.status() == ClientStatus.DEPROVISIONED) {
      throw new StepFailed(
          client.clientId() + " is " + client.status().text() + "; it gets no more keys");
    }
  }
}
