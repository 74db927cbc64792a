package io.penstock.core.config;

import java.util.Objects;

/** A password or key that prints as {@code ***}; {@link #reveal()} is the one way to its text. */
public final class Secret {
  /** What stands in place of a secret wherever one would be shown. */
  public static final String MASK = "***";

  private final String text;

  private Secret(String text) {
    this.text = Objects.requireNonNull(text);
  }

  /** A secret with this text, which may be empty. */
  public static Secret of(String text) {
    return new Secret(text);
  }

  /** The text itself: hand it to a driver, never to a log, an exception or a metric. */
  public String reveal() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && secret.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return MASK;
  }
}
