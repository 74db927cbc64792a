package io.penstock.core.client;

import io.penstock.core.config.Secret;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Masks API keys and their hashes in text that others wrote, so that it can be shown: {@code
 * pk_***} for a key or a good part of one, with or without its prefix; of a hash, or a good part of
 * one, the first eight digits stay, by which "keys list" names keys. Also where JSON, C or percent
 * escapes hide them, one within the other too; not in base64, nor cut into pieces. Stateless.
 */
public final class KeyMask {
  private static final int SHOWN_DIGITS = 8;

  /**
   * A key, which a scanner for secrets would find, or what may hold one without its prefix or a
   * hash. Twenty characters leave nobody the time to guess the rest; trace ids have 32 digits and
   * stay.
   */
  private static final Pattern CANDIDATE =
      Pattern.compile(ApiKeys.PREFIX + "[0-9A-Za-z]{20,}|[0-9A-Za-z]{33,}");

  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{33,}");

  private KeyMask() {}

  /** The text without keys. */
  public static String mask(String text) {
    return maskedPlain(EscapedWords.replace(text, KeyMask::maskedPlain));
  }

  /** A text that is nothing but a key's hash or should be one: whatever it is, it is masked. */
  public static String maskWhole(String secret) {
    return HASH.matcher(secret).matches()
        ? secret.substring(0, SHOWN_DIGITS) + Secret.MASK
        : Secret.MASK;
  }

  private static String maskedPlain(String text) {
    return CANDIDATE
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(maskedRun(found.group())));
  }

  private static String maskedRun(String run) {
    if (run.startsWith(ApiKeys.PREFIX)) {
      return ApiKeys.PREFIX + Secret.MASK;
    }
    byte[] ascii = run.getBytes(StandardCharsets.US_ASCII);
    StringBuilder shown = new StringBuilder();
    int copied = 0;
    int at = 0;
    while (at + ApiKeys.BODY_LENGTH <= ascii.length) {
      if (ApiKeys.isBody(ascii, at)) {
        shown.append(maskedHashes(run.substring(copied, at))).append(Secret.MASK);
        at += ApiKeys.BODY_LENGTH;
        copied = at;
      } else {
        at++;
      }
    }
    return shown.append(maskedHashes(run.substring(copied))).toString();
  }

  private static String maskedHashes(String run) {
    return HASH.matcher(run).replaceAll(found -> maskWhole(found.group()));
  }
}
