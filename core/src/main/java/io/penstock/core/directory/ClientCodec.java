package io.penstock.core.directory;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientRules;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of a client in Redis: {@code
 * {"v":1,"status":"active","database":"...","target":"default","limit":events a minute,
 * "days":365,"from":"event_time","keys":[{"hash":"...","created":ms,"expires":ms,"revoked":ms}]}},
 * or {@code {"v":1,"unknown":true}}. Times are epoch milliseconds; a limit or time that there is
 * not is left out.
 */
final class ClientCodec {
  /**
   * Raised when a reader of the old form could misread the new one; a value of another version
   * counts as absent.
   */
  static final int VERSION = 1;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  /** The value as it is written. */
  private record Value(
      int v,
      @Nullable Boolean unknown,
      @Nullable String status,
      @Nullable String database,
      @Nullable String target,
      @Nullable Integer limit,
      @Nullable Integer days,
      @Nullable String from,
      @Nullable List<Key> keys) {}

  private record Key(
      @Nullable String hash, long created, @Nullable Long expires, @Nullable Long revoked) {
    static Key of(ApiKey key) {
      return new Key(
          key.hash().toHex(),
          key.createdAt().toEpochMilli(),
          millis(key.expiresAt()),
          millis(key.revokedAt()));
    }

    private static @Nullable Long millis(@Nullable Instant time) {
      return time == null ? null : time.toEpochMilli();
    }

    ApiKey key() {
      ApiKeyHash read = ApiKeyHash.ofHex(hash == null ? "" : hash);
      if (!read.toHex().equals(hash)) {
        throw new IllegalArgumentException("a hash in upper case, which Penstock does not write");
      }
      return new ApiKey(read, Instant.ofEpochMilli(created), time(expires), time(revoked));
    }

    private static @Nullable Instant time(@Nullable Long millis) {
      return millis == null ? null : Instant.ofEpochMilli(millis);
    }
  }

  private ClientCodec() {}

  static String encode(Lookup lookup) {
    Value value =
        switch (lookup) {
          case Lookup.Found(ClientMetadata client) ->
              new Value(
                  VERSION,
                  null,
                  client.status().text(),
                  client.database(),
                  client.target(),
                  client.maxEventsPerMinute(),
                  client.retention().days(),
                  client.retention().from().text(),
                  client.keys().stream().map(Key::of).toList());
          case Lookup.Unknown() ->
              new Value(VERSION, true, null, null, null, null, null, null, null);
          case Lookup.Unavailable unavailable ->
              throw new IllegalArgumentException("nothing to hold: " + unavailable);
        };
    try {
      return JSON.writeValueAsString(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Null for anything this version did not write, and for what PostgreSQL would not take. */
  static @Nullable Lookup decode(String clientId, String text) {
    try {
      Value value = JSON.readValue(text, Value.class);
      return value == null || value.v != VERSION ? null : lookup(clientId, value);
    } catch (IOException | RuntimeException notOurs) {
      return null;
    }
  }

  private static @Nullable Lookup lookup(String clientId, Value value) {
    if (Boolean.TRUE.equals(value.unknown)) {
      return new Lookup.Unknown();
    }
    if (value.status == null
        || value.database == null
        || value.target == null
        || value.days == null
        || value.from == null
        || value.keys == null) {
      return null;
    }
    ClientMetadata client =
        new ClientMetadata(
            clientId,
            ClientStatus.of(value.status),
            value.database,
            value.target,
            value.keys.stream().map(Key::key).toList(),
            value.limit,
            new Retention(value.days, Retention.From.of(value.from)));
    return ClientRules.allow(client) ? new Lookup.Found(client) : null;
  }
}
