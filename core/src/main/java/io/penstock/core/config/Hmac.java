package io.penstock.core.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** HMAC-SHA-256 under a secret that those who sign and those who verify share. Thread-safe. */
public final class Hmac {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int MARK_BYTES = 4;

  private final SecretKeySpec key;

  /** Under a secret that is not empty. */
  public Hmac(Secret secret) {
    this.key = new SecretKeySpec(secret.reveal().getBytes(UTF_8), ALGORITHM);
  }

  /**
   * Signs the fields, each with its length, so that no two lists of them give the same bytes.
   *
   * @param fields the first is the purpose, so that no other use of the same secret signs the same
   *     bytes; null is another field than an empty one
   */
  public byte[] sign(List<byte @Nullable []> fields) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (byte[] field : fields) {
        mac.update(ByteBuffer.allocate(4).putInt(field == null ? -1 : field.length).flip());
        if (field != null) {
          mac.update(field);
        }
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has " + ALGORITHM, e);
    }
  }

  /** The same of texts. */
  public byte[] sign(String... fields) {
    return sign(Arrays.stream(fields).map(field -> field.getBytes(UTF_8)).toList());
  }

  /** Eight digits that are equal for equal secrets and tell nothing of them. */
  public String mark(String purpose) {
    return HexFormat.of().formatHex(sign(purpose), 0, MARK_BYTES);
  }
}
