package io.penstock.provisioning.target;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.TargetTable;
import io.penstock.provisioning.job.StepFailed;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ClickHouse servers and clusters that clients are placed on, by name. Immutable. */
public final class ClickHouseTargets {
  private final Map<String, ClickHouseServer> usable = new TreeMap<>();
  private final Map<String, String> problems = new TreeMap<>();

  /**
   * @param configured the target named {@value ClickHouseConfig#TARGET}
   * @param others those in PostgreSQL
   */
  public ClickHouseTargets(ClickHouseConfig configured, List<TargetTable.Entry> others) {
    usable.put(ClickHouseConfig.TARGET, new ClickHouseServer(configured));
    for (TargetTable.Entry entry : others) {
      switch (entry) {
        case TargetTable.Usable(String name, ClickHouseConfig config) ->
            usable.put(name, new ClickHouseServer(config));
        case TargetTable.Unusable(String name, String problem) -> problems.put(name, problem);
      }
    }
  }

  /** The names of all, usable or not. */
  public Collection<String> names() {
    Map<String, Object> names = new TreeMap<>(usable);
    names.putAll(problems);
    return Collections.unmodifiableCollection(names.keySet());
  }

  /** Those that can be asked, by name. */
  public Map<String, ClickHouseServer> usable() {
    return Collections.unmodifiableMap(usable);
  }

  /** Why the others cannot be used, by name. */
  public Map<String, String> problems() {
    return Collections.unmodifiableMap(problems);
  }

  /**
   * @throws StepFailed if there is no such target, or it cannot be used from here
   */
  public ClickHouseServer get(String name) throws StepFailed {
    ClickHouseServer server = usable.get(name);
    if (server != null) {
      return server;
    }
    String problem = problems.get(name);
    throw new StepFailed(
        problem != null
            ? "the ClickHouse target \"%s\" cannot be used: %s".formatted(name, problem)
            : "there is no ClickHouse target \"%s\"; there is \"%s\", and \"./penstock targets add\" makes another"
                .formatted(name, String.join("\", \"", names())));
  }
}
