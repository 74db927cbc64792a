package io.penstock.provisioning.target;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.TargetTable;
import io.penstock.provisioning.job.StepFailed;

/** The ClickHouse servers and clusters that clients are placed on, for jobs. Immutable. */
public record ClickHouseTargets(TargetTable table) {
  /**
   * @throws StepFailed if there is no such target, or it cannot be used from here
   */
  public ClickHouseServer get(String name) throws StepFailed {
    return switch (table.find(name)) {
      case TargetTable.Usable(_, ClickHouseConfig config) -> new ClickHouseServer(config);
      case TargetTable.Unusable(_, String problem) ->
          throw new StepFailed(
              "the ClickHouse target \"%s\" cannot be used: %s".formatted(name, problem));
      case TargetTable.Missing missing ->
          throw new StepFailed(
              "%s; there is \"%s\", and \"./penstock targets add\" makes another"
                  .formatted(missing.problem(), String.join("\", \"", table.names())));
    };
  }
}
