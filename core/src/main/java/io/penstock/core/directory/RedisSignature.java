package io.penstock.core.directory;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.Hmac;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.config.Secret;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Signs clients in Redis, so that routers believe only entries that routers wrote (docs/adr/0016).
 * The signature is an HMAC-SHA-256, under a secret that the routers share, over the client's id,
 * the entry's end and its value. While the secret is being changed, two secrets are accepted.
 * Thread-safe.
 */
public final class RedisSignature {
  /** Raised when readers of the old form could misread the new one. */
  private static final String FORM = "s1";

  /** Goes first, so that no other use of the same secret signs the same bytes. */
  private static final String PURPOSE = "penstock client in redis 1";

  private static final String KEY_ID_PURPOSE = "penstock key id 1";

  /** The first signs. */
  private final List<Key> keys;

  /** Whether an entry may be believed. */
  sealed interface Opened {
    /** A router put it there. */
    record Valid(String value) implements Opened {}

    /**
     * The entry must not be believed.
     *
     * @param reason for logs; never holds anything of the entry
     */
    record Refused(String reason) implements Opened {}
  }

  private record Key(String id, Hmac hmac) {
    static Key of(Secret secret) {
      Hmac hmac = new Hmac(secret);
      return new Key(hmac.mark(KEY_ID_PURPOSE), hmac);
    }

    String sign(String clientId, String until, String value) {
      return HexFormat.of().formatHex(hmac.sign(PURPOSE, clientId, until, value));
    }
  }

  private RedisSignature(List<Key> keys) {
    this.keys = keys;
  }

  /** That of the configured secrets; null: none is. */
  public static @Nullable RedisSignature of(RedisConfig config) {
    Secret current = config.signingSecret();
    return current == null
        ? null
        : new RedisSignature(
            Stream.of(current, config.previousSigningSecret())
                .filter(Objects::nonNull)
                .map(Key::of)
                .toList());
  }

  /**
   * What to hold of a client: {@code s1:key id:epoch milliseconds:signature:value}. The signature
   * covers whose it is, since an entry may be copied to another client's place, and its end, since
   * one may be put back after it was replaced.
   *
   * @param until from then on it is refused
   */
  String sign(String clientId, Instant until, String value) {
    Key key = keys.getFirst();
    String end = Long.toString(until.toEpochMilli());
    return String.join(":", FORM, key.id, end, key.sign(clientId, end, value), value);
  }

  /** Judges an entry of the client as it stands in Redis. */
  Opened open(String clientId, String text, Instant now) {
    String[] parts = text.split(":", 5);
    if (parts.length < 5 || !parts[0].equals(FORM)) {
      return new Opened.Refused("it is not signed");
    }
    String end = parts[2];
    String value = parts[4];
    for (Key key : keys) {
      if (key.id.equals(parts[1])) {
        if (!matches(key.sign(clientId, end, value), parts[3])) {
          return new Opened.Refused("its signature does not fit");
        }
        return now.toEpochMilli() < Long.parseLong(end)
            ? new Opened.Valid(value)
            : new Opened.Refused("it has expired");
      }
    }
    return new Opened.Refused("it is signed with another secret");
  }

  private static boolean matches(String expected, String signature) {
    return MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8));
  }
}
