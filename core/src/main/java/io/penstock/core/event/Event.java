package io.penstock.core.event;

import io.penstock.core.client.ApiKeyHash;
import org.jspecify.annotations.Nullable;

/**
 * One event that satisfies the contract, as {@link EventParser} last filled it. Reused from record
 * to record: read it before the next parse. Not thread-safe.
 */
public final class Event {
  final Slice.Source record = new Slice.Source();
  String clientId = "";
  @Nullable ApiKeyHash apiKeyHash;
  boolean hasEventId;
  long eventIdHigh;
  long eventIdLow;
  long eventTimeMillis;
  final Slice eventName = new Slice(record);
  final Slice userId = new Slice(record);
  final Slice anonymousId = new Slice(record);
  final Slice sessionId = new Slice(record);
  final Slice eventProperties = new Slice(record);
  final Slice extra = new Slice(record);

  Event() {}

  /** 1-64 of {@code [A-Za-z0-9_-]}; equal ids are mostly the same String. */
  public String clientId() {
    return clientId;
  }

  /** The hash that the producer sent; never to be logged. */
  public ApiKeyHash apiKeyHash() {
    if (apiKeyHash == null) {
      throw new IllegalStateException("no event has been parsed");
    }
    return apiKeyHash;
  }

  /**
   * Whether the producer sent an {@code event_id}; if not, {@link #deriveEventId} must be called.
   */
  public boolean hasEventId() {
    return hasEventId;
  }

  /** Sets the id of an event that came without one to that of its origin. */
  public void deriveEventId(Origin origin) {
    var id = origin.eventId();
    eventIdHigh = id.getMostSignificantBits();
    eventIdLow = id.getLeastSignificantBits();
    hasEventId = true;
  }

  /** The most significant 64 bits of the event's UUID. */
  public long eventIdHigh() {
    return eventIdHigh;
  }

  /** The least significant 64 bits of the event's UUID. */
  public long eventIdLow() {
    return eventIdLow;
  }

  /** When the event happened, in milliseconds since 1970 UTC. */
  public long eventTimeMillis() {
    return eventTimeMillis;
  }

  /** 1-200 characters of UTF-8. */
  public Slice eventName() {
    return eventName;
  }

  /** Empty if the event has none. */
  public Slice userId() {
    return userId;
  }

  /** Empty if the event has none. */
  public Slice anonymousId() {
    return anonymousId;
  }

  /** Empty if the event has none. */
  public Slice sessionId() {
    return sessionId;
  }

  /** The JSON object as the producer wrote it, byte for byte; <code>{}</code> if there was none. */
  public Slice eventProperties() {
    return eventProperties;
  }

  /** A JSON object of everything that the contract does not name; <code>{}</code> if nothing. */
  public Slice extra() {
    return extra;
  }
}
