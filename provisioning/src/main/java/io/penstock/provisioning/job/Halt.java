package io.penstock.provisioning.job;

import io.penstock.core.run.CommandRun;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers why a job on many clients begins no further client: none at all if PostgreSQL is down
 * or the command was told to end, none of a ClickHouse target that is down. Without it each client
 * would fail after a time-out of its own. Thread-safe.
 */
public final class Halt {
  /** The command was told to end. */
  public static final String INTERRUPTED = "interrupted";

  private final Map<String, String> targets = new ConcurrentHashMap<>();
  private final Set<String> metBy = ConcurrentHashMap.newKeySet();
  private volatile @Nullable String everywhere;

  /** No further client is begun. */
  public synchronized void everywhere(String why) {
    everywhere = everywhere == null ? why : everywhere;
  }

  /** No further client of this target is begun. */
  public void target(String name, String why) {
    var _ = targets.putIfAbsent(name, why);
  }

  /** Notes the client in whose turn a target was found to be down. */
  public void metBy(String clientId) {
    var _ = metBy.add(clientId);
  }

  /** Whether that happened in this client's turn. */
  public boolean wasMetBy(String clientId) {
    return metBy.contains(clientId);
  }

  /** Why no further client is begun; null: they are. */
  public @Nullable String why() {
    if (CommandRun.current().interrupted()) {
      everywhere(INTERRUPTED);
    }
    return everywhere;
  }

  /** Why no further client of this target is begun; null: they are. */
  public @Nullable String why(String target) {
    String why = why();
    return why == null ? targets.get(target) : why;
  }
}
