package io.penstock.provisioning.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far routers know of a change.
 *
 * @param routersTold how many confirmed that they hold nothing older; 0 where nobody waited for it
 * @param unconfirmed members of the routers' group that did not confirm; also empty if the members
 *     are unknown
 * @param knownBy the time by which those that did not confirm know at the latest, if PostgreSQL
 *     answers them; null: all have confirmed
 * @param warning null: nothing went wrong; else who may not know yet, and why
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Announcement(
    int routersTold,
    List<Unconfirmed> unconfirmed,
    @Nullable Instant knownBy,
    @Nullable String warning) {
  /**
   * A router that has not confirmed: cut off, frozen, just killed, or no router at all.
   *
   * @param router its process, as Kafka knows it
   * @param host where it connects to Kafka from
   */
  public record Unconfirmed(String router, String host) {
    /** For a person. */
    @Override
    public String toString() {
      return router + " on " + host;
    }
  }

  /** Copies the list. */
  public Announcement {
    unconfirmed = List.copyOf(unconfirmed);
  }

  /** For the end of a line; "" if there is none. */
  String problem() {
    return warning == null ? "" : "; " + warning;
  }

  /** For a person. */
  @Override
  public String toString() {
    return warning == null ? known(routersTold) : warning;
  }

  /** How many know, for a person. */
  static String known(int routers) {
    return switch (routers) {
      case 0 -> "no router runs";
      case 1 -> "1 router knows";
      default -> routers + " routers know";
    };
  }
}
