package io.penstock.provisioning.client;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.config.Secret;
import java.util.List;

/** What came of creating a client. */
public sealed interface CreateOutcome {
  /**
   * The client is pending.
   *
   * @param apiKey its first key, which nobody can show again
   * @param announcement how far routers know of it
   */
  record Created(NewClient client, Secret apiKey, ApiKeyHash apiKeyHash, Announcement announcement)
      implements CreateOutcome {}

  /** Another client has the id, the name or the database. */
  record Taken(String message) implements CreateOutcome {}

  /** The request breaks rules, each told in a sentence. */
  record Invalid(List<String> problems) implements CreateOutcome {}
}
