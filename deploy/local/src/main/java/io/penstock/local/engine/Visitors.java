package io.penstock.local.engine;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages out. The front listens on loopback and asks for no password, but a browser on the
 * same machine reaches loopback on behalf of any page: by a form or a script of its own, which
 * names the page in {@code Origin} or {@code Sec-Fetch-Site}, or by a name that the page's owner
 * points to 127.0.0.1, which stands in {@code Host}.
 */
final class Visitors {
  private static final Pattern LOOPBACK =
      Pattern.compile(
          "localhost|[a-z0-9-]+\\.localhost|127(\\.\\d{1,3}){3}|\\[::1]|\\[(0:){7}1]",
          Pattern.CASE_INSENSITIVE);

  private Visitors() {}

  /** Why the request is not answered; null if it is. */
  static @Nullable String refused(Headers headers) {
    String host = headers.getFirst("Host");
    if (host != null && !isLoopback("http://" + host)) {
      return "The embedded engine answers to loopback names only, and not to Host: "
          + printable(host);
    }
    String origin = headers.getFirst("Origin");
    if (origin != null && !isLoopback(origin)) {
      return "The embedded engine does not answer web pages of others: " + printable(origin);
    }
    if (origin == null && "cross-site".equalsIgnoreCase(headers.getFirst("Sec-Fetch-Site"))) {
      return "The embedded engine does not answer web pages of others";
    }
    return null;
  }

  /** Also refuses what is no address, as the origin {@code null} of a page without one. */
  private static boolean isLoopback(String url) {
    try {
      String host = new URI(url).getHost();
      return host != null && LOOPBACK.matcher(host).matches();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static String printable(String header) {
    return header.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
