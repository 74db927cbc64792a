package io.penstock.provisioning.job;

import io.penstock.core.run.CommandRun;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Why a job on many clients goes no further: with none that is left where PostgreSQL is down or the
 * command was told to end, with those of a ClickHouse target where that is down. So it does not
 * fail client by client, each after its time-out. Thread-safe.
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

  /** The client in whose turn a target was found to be down. */
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
