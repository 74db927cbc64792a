package io.penstock.core.intake;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client may store an event. Checks in this order: first, whether the key is or was one
 * of the client's keys, so that a stranger learns nothing of the client's status. Then the status,
 * if the client is deprovisioned or being deprovisioned, since its keys are revoked with it. Then,
 * whether the key has expired or was revoked.
 */
final class Authentication {
  private static final String KEY_FIELD = "api_key_hash";

  private Authentication() {}

  /**
   * Judges by the state that the key had when the broker accepted the event, so that a backlog
   * survives a rotation of keys.
   *
   * @return null if the event is welcome
   */
  static @Nullable Refusal check(
      ClientMetadata client, ApiKeyHash presented, long acceptedAtMillis) {
    // Every key is compared, whichever matches: the time taken tells nothing.
    ApiKey match = null;
    for (ApiKey key : client.keys()) {
      if (key.hash().matches(presented)) {
        match = key;
      }
    }
    if (match == null) {
      return new Refusal(
          Reason.INVALID_API_KEY, KEY_FIELD, "api_key_hash is not that of a key of this client");
    }
    return switch (client.status()) {
      case DEPROVISIONED -> refuse(Reason.CLIENT_DEPROVISIONED, "the client is deprovisioned");
      case DEPROVISIONING ->
          refuse(Reason.CLIENT_DEPROVISIONING, "the client is being deprovisioned");
      case ACTIVE -> ended(match, acceptedAtMillis);
      case PENDING ->
          orElse(
              ended(match, acceptedAtMillis),
              Reason.CLIENT_PENDING,
              "the client is not provisioned yet");
      case SUSPENDED ->
          orElse(
              ended(match, acceptedAtMillis), Reason.CLIENT_SUSPENDED, "the client is suspended");
    };
  }

  private static Refusal orElse(@Nullable Refusal first, Reason reason, String detail) {
    return first == null ? refuse(reason, detail) : first;
  }

  private static @Nullable Refusal ended(ApiKey match, long acceptedAtMillis) {
    if (passed(match.revokedAt(), acceptedAtMillis)) {
      return new Refusal(
          Reason.INVALID_API_KEY, KEY_FIELD, "the API key was revoked at " + match.revokedAt());
    }
    if (passed(match.expiresAt(), acceptedAtMillis)) {
      return new Refusal(
          Reason.KEY_EXPIRED, KEY_FIELD, "the API key expired at " + match.expiresAt());
    }
    return null;
  }

  private static boolean passed(@Nullable Instant end, long acceptedAtMillis) {
    return end != null && end.toEpochMilli() <= acceptedAtMillis;
  }

  private static Refusal refuse(Reason reason, String detail) {
    return new Refusal(reason, "", detail);
  }
}
