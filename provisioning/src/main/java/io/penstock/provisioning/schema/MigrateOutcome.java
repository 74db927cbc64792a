package io.penstock.provisioning.schema;

import java.util.List;

/** What came of migrating one client. */
public sealed interface MigrateOutcome {
  /** Whose. */
  String clientId();

  /**
   * The client is up to date now.
   *
   * @param migrations labels of what this run applied, in order
   */
  record Migrated(String clientId, List<String> migrations, long tookMillis)
      implements MigrateOutcome {}

  /** There was nothing to do. */
  record Unchanged(String clientId, String why) implements MigrateOutcome {}

  /**
   * The client is where the reason says; the next run goes on from there.
   *
   * @param migration its label; empty where it is no single one's fault
   * @param statement counted from 1; 0: no statement was reached
   */
  record Failed(String clientId, String migration, int statement, String reason)
      implements MigrateOutcome {}

  /** The run stopped before this client, or in it, for {@code why}; the next run goes on there. */
  record NotTried(String clientId, String why) implements MigrateOutcome {}
}
