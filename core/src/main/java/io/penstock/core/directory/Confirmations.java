package io.penstock.core.directory;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The answers to an announcement over one channel, Redis or PostgreSQL.
 *
 * @param routers who has confirmed, by the names of their processes: they hold nothing of the
 *     client from before the announcement, and records from the partitions' end offsets on, as they
 *     are now, are judged by what PostgreSQL says. A look-up that was under way may still serve the
 *     one record that waits for it
 * @param failure null: nothing went wrong on this way. Otherwise what went wrong, without secrets;
 *     routers may have heard the announcement all the same
 */
public record Confirmations(Set<String> routers, @Nullable String failure) {
  /** Copies the set. */
  public Confirmations {
    routers = Set.copyOf(routers);
  }
}
