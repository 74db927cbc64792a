package io.penstock.provisioning.client;

/** What came of provisioning one client. */
public sealed interface ProvisionOutcome {
  /** Whose. */
  String clientId();

  /**
   * The client is active now.
   *
   * @param migrations how many this run applied
   * @param announcement how far routers know of it
   */
  record Provisioned(
      String clientId, String database, int migrations, long tookMillis, Announcement announcement)
      implements ProvisionOutcome {}

  /**
   * There was nothing to do, or another job is at work on the client, as {@code why} says.
   *
   * @param told whether nothing went wrong in telling the routers once more
   */
  record Unchanged(String clientId, String why, boolean told) implements ProvisionOutcome {}

  /**
   * The client stays pending, with the reason in the audit log; the next run goes on from there.
   */
  record Failed(String clientId, String reason) implements ProvisionOutcome {}

  /** The run stopped before this client, or in it, for {@code why}; the next run goes on there. */
  record NotTried(String clientId, String why) implements ProvisionOutcome {}
}
