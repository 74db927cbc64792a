package io.penstock.core.deadletter;

import java.time.Instant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Selects dead letters: a letter matches if it has every property that is not null here. A letter
 * without a header never matches a filter on that header.
 *
 * @param since compared with {@link DeadLetter#failedAt}; this instant and later
 * @param until compared with the same; before this instant
 * @param origin a letter's {@link DeadLetter#name}, {@link DeadLetter#shortName} or {@link
 *     DeadLetter#place}
 */
public record LetterFilter(
    @Nullable String client,
    @Nullable String reason,
    @Nullable String fingerprint,
    @Nullable Instant since,
    @Nullable Instant until,
    @Nullable String origin)
    implements Predicate<DeadLetter> {
  /** Every letter. */
  public static final LetterFilter ALL = new LetterFilter(null, null, null, null, null, null);

  /** The letters of one client, as their headers claim. */
  public static LetterFilter ofClient(String client) {
    return new LetterFilter(client, null, null, null, null, null);
  }

  /** One letter, or none. */
  public static LetterFilter ofOrigin(String origin) {
    return new LetterFilter(null, null, null, null, null, origin);
  }

  @Override
  public boolean test(DeadLetter letter) {
    return isOrAny(client, letter, DeadLetterHeaders.CLIENT)
        && isOrAny(reason, letter, DeadLetterHeaders.REASON)
        && isOrAny(fingerprint, letter, DeadLetterHeaders.FINGERPRINT)
        && inTime(letter)
        && (origin == null
            || origin.equals(letter.name())
            || origin.equals(letter.place())
            || origin.equals(letter.shortName()));
  }

  private boolean inTime(DeadLetter letter) {
    if (since == null && until == null) {
      return true;
    }
    Instant at = letter.failedAt();
    return (since == null || !at.isBefore(since)) && (until == null || at.isBefore(until));
  }

  private static boolean isOrAny(@Nullable String wanted, DeadLetter letter, String header) {
    return wanted == null || wanted.equals(letter.text(header));
  }

  /**
   * The properties that are set, as {@code client=acme reason=UNKNOWN_CLIENT}; "all" if none is.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    add(text, "client", client);
    add(text, "reason", reason);
    add(text, "fingerprint", fingerprint);
    add(text, "since", since);
    add(text, "until", until);
    add(text, "origin", origin);
    return text.isEmpty() ? "all" : text.toString();
  }

  private static void add(StringBuilder text, String name, @Nullable Object value) {
    if (value != null) {
      text.append(text.isEmpty() ? "" : " ").append(name).append('=').append(value);
    }
  }
}
