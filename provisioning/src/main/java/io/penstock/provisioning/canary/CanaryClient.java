package io.penstock.provisioning.canary;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.TargetTable;
import io.penstock.provisioning.client.ClientRegistry;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.KeyRing;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.StepFailed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The canary as a client: created if it is not there, and never again. Each process that sends for
 * it has an API key of its own, of which nothing but the hash is held, since events carry no more.
 * The key lives for a day, and has a successor after half of it; the key of a process that ended
 * expires. Not thread-safe.
 */
public final class CanaryClient {
  /** The client's id. */
  public static final String ID = "penstock-canary";

  static final Duration KEY_LIFETIME = Duration.ofDays(1);

  /**
   * So many keys are kept when there are twice as many: a process that starts and dies makes one.
   */
  static final int KEYS_KEPT = 32;

  private static final String KEY_LABEL = "canary";

  /** Counted from the arrival, so that this machine's clock decides nothing. */
  private static final Retention RETENTION = new Retention(1, Retention.From.ARRIVAL);

  /** Nobody uses the key that a client is created with. */
  private static final Duration FIRST_KEY_LIFETIME = Duration.ofMinutes(1);

  private final JobTools tools;
  private final ClientRegistry registry;
  private final KeyRing keys;
  private final Targets targets;
  private final InstantSource clock;
  private boolean known;
  private @Nullable Key inUse;
  private @Nullable Key coming;

  /** Where clients' targets are told. */
  public interface Targets {
    /**
     * @throws SQLException if PostgreSQL cannot be asked
     */
    TargetTable read(Connection connection) throws SQLException;
  }

  private record Key(ApiKeyHash hash, Instant usableFrom, Instant renewedFrom, Instant until) {}

  /** What the client may do now. */
  sealed interface State {}

  /**
   * Its events are stored.
   *
   * @param until when its key expires
   */
  record Sending(String database, ClickHouseConfig target, String keyHash, Instant until)
      implements State {}

  /** Nothing is to be sent, for a reason that continues a sentence about the client. */
  record Silent(String why) implements State {}

  /** Does not own what it is given. */
  public CanaryClient(
      JobTools tools, ClientRegistry registry, KeyRing keys, Targets targets, InstantSource clock) {
    this.tools = tools;
    this.registry = registry;
    this.keys = keys;
    this.targets = targets;
    this.clock = clock;
  }

  /**
   * Looks at the client; creates it if this process has never seen it, and its key when it needs
   * one.
   *
   * @throws SQLException if PostgreSQL cannot be asked
   * @throws StepFailed if no key can be made now
   */
  State look() throws SQLException, StepFailed {
    ClientsTable.WithKeys client;
    TargetTable table;
    try (Connection connection = tools.connect()) {
      client =
          ClientsTable.withKeys(
                  connection,
                  List.of(ID),
                  (_, unreadable) -> {
                    throw unreadable;
                  })
              .get(ID);
      table = targets.read(connection);
    }
    if (client == null) {
      return known
          ? new Silent("is gone from PostgreSQL, and not created again by this process")
          : create();
    }
    known = true;
    ClientStatus status = client.client().status();
    if (status != ClientStatus.ACTIVE) {
      // Its next key is announced after the change, so that no router judges it by what was.
      inUse = null;
      coming = null;
      return new Silent("is " + status.text() + advice(status));
    }
    return switch (table.find(client.client().target())) {
      case TargetTable.Usable(_, ClickHouseConfig target) -> sending(client, target);
      case TargetTable.Unusable(String name, String problem) ->
          new Silent("is on the target \"%s\", which cannot be used: %s".formatted(name, problem));
      case TargetTable.Missing missing -> new Silent("has no target: " + missing.problem());
    };
  }

  private State create() throws SQLException {
    NewClient wanted =
        new NewClient(
            "Penstock canary",
            ID,
            null,
            ClickHouseConfig.TARGET,
            RETENTION,
            null,
            FIRST_KEY_LIFETIME);
    return switch (registry.create(wanted)) {
      case CreateOutcome.Created _ -> new Silent("was created" + advice(ClientStatus.PENDING));
      case CreateOutcome.Taken _ when registry.exists(wanted) ->
          new Silent("was created by another process" + advice(ClientStatus.PENDING));
      case CreateOutcome.Taken(String message) -> new Silent("cannot be created: " + message);
      case CreateOutcome.Invalid(List<String> problems) ->
          throw new IllegalStateException(String.join(" ", problems));
    };
  }

  private static String advice(ClientStatus status) {
    return switch (status) {
      case PENDING -> ", and waits to be provisioned";
      case SUSPENDED -> ", until ./penstock clients resume " + ID;
      case DEPROVISIONING, DEPROVISIONED -> "; set penstock.canary=off";
      case ACTIVE -> "";
    };
  }

  private State sending(ClientsTable.WithKeys client, ClickHouseConfig target)
      throws SQLException, StepFailed {
    Instant now = clock.instant();
    if (inUse != null && !isValid(client, inUse, now)) {
      inUse = null;
    }
    if (coming == null && (inUse == null || !now.isBefore(inUse.renewedFrom))) {
      coming = newKey(client, now);
    }
    if (coming != null && !now.isBefore(coming.usableFrom)) {
      inUse = coming;
      coming = null;
    }
    if (inUse == null) {
      return new Silent(
          "waits until %s for all routers to know its key"
              .formatted(Objects.requireNonNull(coming).usableFrom));
    }
    return new Sending(client.client().database(), target, inUse.hash.toHex(), inUse.until);
  }

  private static boolean isValid(ClientsTable.WithKeys client, Key held, Instant now) {
    return client.keys().stream()
        .anyMatch(key ->
            key.hash().matches(held.hash)
                && key.revokedAt() == null
                && (key.expiresAt() == null || now.isBefore(key.expiresAt())));
  }

  private Key newKey(ClientsTable.WithKeys client, Instant now) throws SQLException, StepFailed {
    if (client.keys().size() > 2 * KEYS_KEPT) {
      int _ = keys.forget(ID, KEY_LABEL, KEYS_KEPT);
    }
    KeyRing.NewKey made = keys.create(ID, KEY_LABEL, KEY_LIFETIME);
    Instant knownBy = made.announcement().knownBy();
    return new Key(
        made.hash(),
        knownBy == null ? now : knownBy,
        now.plus(KEY_LIFETIME.dividedBy(2)),
        now.plus(KEY_LIFETIME));
  }
}
