package io.penstock.core.directory;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * An announcement that asks for answers: {@code {client_id}#{number}}. A router that holds nothing
 * of the client any more answers {@code {client_id}#{number}@{router}}. The number keeps the
 * answers to two announcements of one client apart.
 *
 * @param text what is sent
 */
record DropRequest(String text) {
  private static final char NUMBER_MARK = '#';
  private static final char ROUTER_MARK = '@';

  /** A new one. */
  static DropRequest of(String clientId) {
    return new DropRequest(
        clientId
            + NUMBER_MARK
            + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
  }

  /** The client that an announcement is about, whether it asks for answers or not. */
  static String clientIn(String announcement) {
    int mark = announcement.indexOf(NUMBER_MARK);
    return mark < 0 ? announcement : announcement.substring(0, mark);
  }

  /** Whether somebody waits for an answer to the announcement. */
  static boolean asksForAnswer(String announcement) {
    return announcement.indexOf(NUMBER_MARK) >= 0;
  }

  /** What the router answers. */
  static String answer(String announcement, String router) {
    return announcement + ROUTER_MARK + router;
  }

  /**
   * Who has given an answer; empty for a router of a release that did not say its name, null if it
   * is none to this request.
   */
  @Nullable String routerIn(String answer) {
    if (answer.equals(text)) {
      return "";
    }
    return answer.startsWith(text + ROUTER_MARK) ? answer.substring(text.length() + 1) : null;
  }
}
