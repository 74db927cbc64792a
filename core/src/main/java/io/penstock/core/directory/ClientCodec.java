package io.penstock.core.directory;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientRules;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
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

  private static final JsonFactory JSON = new JsonFactory();

  private ClientCodec() {}

  static String encode(Lookup lookup) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField("v", VERSION);
      switch (lookup) {
        case Lookup.Found(ClientMetadata client) -> writeClient(json, client);
        case Lookup.Unknown() -> json.writeBooleanField("unknown", true);
        case Lookup.Unavailable unavailable ->
            throw new IllegalArgumentException("nothing to hold: " + unavailable);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void writeClient(JsonGenerator json, ClientMetadata client) throws IOException {
    json.writeStringField("status", client.status().text());
    json.writeStringField("database", client.database());
    json.writeStringField("target", client.target());
    Integer limit = client.maxEventsPerMinute();
    if (limit != null) {
      json.writeNumberField("limit", limit);
    }
    json.writeNumberField("days", client.retention().days());
    json.writeStringField("from", client.retention().from().text());
    json.writeArrayFieldStart("keys");
    for (ApiKey key : client.keys()) {
      json.writeStartObject();
      json.writeStringField("hash", key.hash().toHex());
      json.writeNumberField("created", key.createdAt().toEpochMilli());
      writeTime(json, "expires", key.expiresAt());
      writeTime(json, "revoked", key.revokedAt());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeTime(JsonGenerator json, String field, @Nullable Instant time)
      throws IOException {
    if (time != null) {
      json.writeNumberField(field, time.toEpochMilli());
    }
  }

  /** Null for anything this version did not write, and for what PostgreSQL would not take. */
  static @Nullable Lookup decode(String clientId, String text) {
    try (JsonParser json = JSON.createParser(text)) {
      return json.nextToken() == JsonToken.START_OBJECT ? readClient(clientId, json) : null;
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable Lookup readClient(String clientId, JsonParser json) throws IOException {
    int version = 0;
    boolean unknown = false;
    String status = null;
    String database = null;
    String target = null;
    Integer limit = null;
    int days = 0;
    String from = null;
    List<ApiKey> keys = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "v" -> version = json.getIntValue();
        case "unknown" -> unknown = json.getBooleanValue();
        case "status" -> status = json.getText();
        case "database" -> database = json.getText();
        case "target" -> target = json.getText();
        case "limit" -> limit = json.getIntValue();
        case "days" -> days = json.getIntValue();
        case "from" -> from = json.getText();
        case "keys" -> keys = readKeys(json);
        default -> json.skipChildren();
      }
    }
    if (version != VERSION) {
      return null;
    }
    if (unknown) {
      return new Lookup.Unknown();
    }
    if (status == null || database == null || target == null || from == null || keys == null) {
      return null;
    }
    ClientMetadata client =
        new ClientMetadata(
            clientId,
            ClientStatus.of(status),
            database,
            target,
            keys,
            limit,
            new Retention(days, Retention.From.of(from)));
    return ClientRules.allow(client) ? new Lookup.Found(client) : null;
  }

  private static List<ApiKey> readKeys(JsonParser json) throws IOException {
    List<ApiKey> keys = new ArrayList<>();
    while (json.nextToken() == JsonToken.START_OBJECT) {
      String hash = "";
      Instant created = Instant.EPOCH;
      Instant expires = null;
      Instant revoked = null;
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "hash" -> hash = json.getText();
          case "created" -> created = Instant.ofEpochMilli(json.getLongValue());
          case "expires" -> expires = Instant.ofEpochMilli(json.getLongValue());
          case "revoked" -> revoked = Instant.ofEpochMilli(json.getLongValue());
          default -> json.skipChildren();
        }
      }
      keys.add(new ApiKey(lowerCase(hash), created, expires, revoked));
    }
    return keys;
  }

  private static ApiKeyHash lowerCase(String hex) {
    ApiKeyHash hash = ApiKeyHash.ofHex(hex);
    if (!hash.toHex().equals(hex)) {
      throw new IllegalArgumentException("a hash in upper case, which Penstock does not write");
    }
    return hash;
  }
}
