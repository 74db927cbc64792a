package io.penstock.provisioning.client;

/**
 * What came of a change to one client. A change that could not be made throws {@code StepFailed}
 * instead.
 */
public sealed interface ChangeOutcome {
  /** Whose. */
  String clientId();

  /** How far routers know. */
  Announcement announcement();

  /**
   * The change is made, and stands in the audit log.
   *
   * @param detail what changed, for a person
   * @param announcement how far routers know of it
   */
  record Changed(String clientId, String detail, Announcement announcement)
      implements ChangeOutcome {}

  /**
   * The client was in this state already, as {@code why} says.
   *
   * @param announcement the routers are told all the same: an earlier run may have been killed
   *     before it did
   */
  record Unchanged(String clientId, String why, Announcement announcement)
      implements ChangeOutcome {}
}
