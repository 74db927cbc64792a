package io.penstock.provisioning.client;

/** What came of a change to one client. What could not be done is a {@code StepFailed} instead. */
public sealed interface ChangeOutcome {
  /** Whose. */
  String clientId();

  /** How far routers know. */
  Announcement announcement();

  /**
   * It is done, and in the audit log.
   *
   * @param detail what changed, for a person
   * @param announcement how far routers know of it
   */
  record Changed(String clientId, String detail, Announcement announcement)
      implements ChangeOutcome {}

  /**
   * It was so already; {@code why} tells.
   *
   * @param announcement the routers are told all the same: an earlier run may have been killed
   *     before it did
   */
  record Unchanged(String clientId, String why, Announcement announcement)
      implements ChangeOutcome {}
}
