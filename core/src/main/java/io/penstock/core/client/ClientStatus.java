package io.penstock.core.client;

import java.util.Locale;

/**
 * Where a client is in its life: {@code pending} → {@code active} ⇄ {@code suspended} → {@code
 * deprovisioning} → {@code deprovisioned}.
 */
public enum ClientStatus {
  /** Has no database yet; provisioning makes it active. */
  PENDING,
  /** Its events are stored. */
  ACTIVE,
  /** Its events are refused until an operator makes it active again. */
  SUSPENDED,
  /** Its database is being removed. */
  DEPROVISIONING,
  /** Its database is gone. */
  DEPROVISIONED;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** As PostgreSQL and Redis hold it. */
  public String text() {
    return text;
  }

  /**
   * Reads {@link #text()}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static ClientStatus of(String text) {
    for (ClientStatus status : values()) {
      if (status.text.equals(text)) {
        return status;
      }
    }
    throw new IllegalArgumentException("not a client's status: " + text);
  }
}
