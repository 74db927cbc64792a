package io.penstock.core.deadletter;

import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.Secret;
import java.util.Collection;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.MemberDescription;
import org.jspecify.annotations.Nullable;

/**
 * A mark that shows which replay secret a router has without showing the secret: eight digits of an
 * HMAC over a constant. Routers have the mark in their client ids, which Kafka shows for each
 * member of their group. Before a replay moves anything it compares the marks of all running
 * routers with its own (docs/adr/0010).
 */
public final class ReplaySecretMark {
  private static final String NONE = "none";
  private static final String INFIX = "-replays-";
  private static final Pattern MARKED =
      Pattern.compile("(.+)" + INFIX + "([0-9a-f]{8}|" + NONE + ")(?:-StreamThread-.*)?");

  /**
   * What the routers' marks say.
   *
   * @param others routers with another secret, or none, each as its id and host
   * @param silent members of the group that do not tell: of a release before, or no routers
   */
  public record Comparison(Collection<String> others, int silent) {
    /** The comparison with no router at all. */
    public static final Comparison EMPTY = new Comparison(new TreeSet<>(), 0);

    /** Why nothing may be replayed; null: nothing is known against it. */
    public @Nullable String objection() {
      return others.isEmpty()
          ? null
          : "%s: these routers have another %s, or none, and would take replays for new events"
              .formatted(String.join(", ", others), ConfigKeys.REPLAY_SECRET.name());
    }
  }

  private ReplaySecretMark() {}

  /** The client id of a router's Kafka Streams, unique. */
  public static String clientId(String applicationId, @Nullable Secret secret) {
    return applicationId + "-" + UUID.randomUUID() + INFIX + of(secret);
  }

  private static String of(@Nullable Secret secret) {
    return secret == null ? NONE : new ReplaySignature(secret).fingerprint();
  }

  /**
   * Compares the routers' marks with that of a secret.
   *
   * @param secret null: none; then no router is another one's
   */
  public static Comparison compare(Collection<MemberDescription> members, @Nullable Secret secret) {
    String own = of(secret);
    Collection<String> others = new TreeSet<>();
    int silent = 0;
    for (MemberDescription member : members) {
      Matcher marked = MARKED.matcher(member.clientId());
      if (!marked.matches()) {
        silent++;
      } else if (secret != null && !own.equals(marked.group(2))) {
        var _ = others.add(marked.group(1) + " on " + member.host());
      }
    }
    return new Comparison(others, silent);
  }
}
