package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.Hmac;
import io.penstock.core.config.Secret;
import io.penstock.core.event.EventParser;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Proves to the router that a replay is the reprocessor's, and not the claim of a producer
 * (docs/adr/0010): an HMAC-SHA-256, under a secret that both have, over the event's bytes and over
 * every header that says whose it is and where and when it first came. Thread-safe.
 */
public final class ReplaySignature {
  /** Goes first, so that no other use of the same secret signs the same bytes. */
  private static final byte[] PURPOSE = "penstock replay 1".getBytes(UTF_8);

  private static final String FINGERPRINT = "penstock replay secret 1";

  private static final List<String> SIGNED =
      List.of(
          DeadLetterHeaders.TOPIC,
          DeadLetterHeaders.TOPIC_ID,
          DeadLetterHeaders.PARTITION,
          DeadLetterHeaders.OFFSET,
          DeadLetterHeaders.TIMESTAMP,
          DeadLetterHeaders.FIRST_FAILED_AT,
          DeadLetterHeaders.ATTEMPT,
          DeadLetterHeaders.REPLAY,
          EventParser.CLIENT_ID_HEADER,
          EventParser.API_KEY_HASH_HEADER);

  private final Hmac hmac;

  /** The secret of {@link io.penstock.core.config.ConfigKeys#REPLAY_SECRET}; not empty. */
  public ReplaySignature(Secret secret) {
    this.hmac = new Hmac(secret);
  }

  /** Adds the signature over the headers as they are now, and the value. */
  public void sign(Headers headers, byte[] value) {
    headers.remove(DeadLetterHeaders.SIGNATURE);
    headers.add(DeadLetterHeaders.SIGNATURE, compute(headers, value));
  }

  /** Whether the headers and the value are what the reprocessor has signed. */
  public boolean isValid(Headers headers, byte @Nullable [] value) {
    Header signature = headers.lastHeader(DeadLetterHeaders.SIGNATURE);
    return signature != null
        && signature.value() != null
        && MessageDigest.isEqual(
            signature.value(), compute(headers, value == null ? new byte[0] : value));
  }

  /** Eight digits that are equal for equal secrets and tell nothing of them. */
  String fingerprint() {
    return hmac.mark(FINGERPRINT);
  }

  private byte[] compute(Headers headers, byte[] value) {
    List<byte @Nullable []> fields = new ArrayList<>();
    fields.add(PURPOSE);
    for (String name : SIGNED) {
      Header header = headers.lastHeader(name);
      fields.add(header == null ? null : header.value());
    }
    fields.add(value);
    return hmac.sign(fields);
  }
}
