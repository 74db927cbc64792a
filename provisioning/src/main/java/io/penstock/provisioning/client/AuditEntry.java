package io.penstock.provisioning.client;

import java.time.Instant;
import java.util.List;

/**
 * An entry of the audit log.
 *
 * @param changes the fields of the client that the action changed
 */
public record AuditEntry(
    Instant at, String actor, String action, String detail, List<Change> changes) {
  /**
   * One field.
   *
   * @param field its column in PostgreSQL
   * @param before as JSON; "" if there was nothing
   * @param after as JSON; "" if nothing is left
   */
  public record Change(String field, String before, String after) {}
}
