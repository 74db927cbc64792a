package io.penstock.local.engine;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one request of ClickHouse's HTTP interface asks for, apart from its body. Every URL
 * parameter that the interface does not define is a setting.
 */
final class FrontRequest {
  private static final Set<String> NOT_SETTINGS =
      Set.of(
          "query",
          "database",
          "user",
          "password",
          "quota_key",
          "query_id",
          "session_id",
          "session_timeout",
          "session_check",
          "close_session",
          "default_format",
          "compress",
          "decompress",
          "buffer_size",
          "wait_end_of_query",
          "stacktrace",
          "role",
          "client_protocol_version",
          "http_write_exception_in_output_format");

  /** Settings that speak to the HTTP layer alone: it obeys them, the engine need not know. */
  private static final Set<String> FRONT_SETTINGS =
      Set.of(
          "enable_http_compression",
          "send_progress_in_http_headers",
          "http_headers_progress_interval_ms",
          "http_wait_end_of_query",
          "http_response_buffer_size",
          "cancel_http_readonly_queries_on_client_close");

  private final Headers headers;
  private final String method;
  private final Map<String, String> fields = new LinkedHashMap<>();
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final Map<String, String> queryParameters = new LinkedHashMap<>();
  private final String queryId;

  FrontRequest(HttpExchange exchange) {
    headers = exchange.getRequestHeaders();
    method = exchange.getRequestMethod();
    String rawQuery = exchange.getRequestURI().getRawQuery();
    if (rawQuery != null) {
      for (String pair : rawQuery.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (!pair.isEmpty()) {
          put(
              decode(equals < 0 ? pair : pair.substring(0, equals)),
              equals < 0 ? "" : decode(pair.substring(equals + 1)));
        }
      }
    }
    String id = field("query_id", "X-ClickHouse-Query-Id");
    queryId = id == null || id.isEmpty() ? UUID.randomUUID().toString() : id;
  }

  private void put(String name, String value) {
    if (name.startsWith("param_")) {
      queryParameters.put(name.substring("param_".length()), value);
    } else if (NOT_SETTINGS.contains(name) || FRONT_SETTINGS.contains(name)) {
      fields.put(name, value);
    } else {
      settings.put(name, value);
    }
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      return text;
    }
  }

  boolean isReadOnlyMethod() {
    return method.equals("GET") || method.equals("HEAD");
  }

  @Nullable String query() {
    return fields.get("query");
  }

  String queryId() {
    return queryId;
  }

  Map<String, String> settings() {
    return settings;
  }

  /** Values of {@code {name:Type}} placeholders in the text. */
  Map<String, String> queryParameters() {
    return queryParameters;
  }

  String database() {
    String database = field("database", "X-ClickHouse-Database");
    return database == null || database.isEmpty() ? "default" : database;
  }

  /** The format for a text that names none; null if the request names none either. */
  @Nullable String defaultFormat() {
    String format = field("default_format", "X-ClickHouse-Format");
    return format == null || format.isEmpty() ? null : format;
  }

  boolean framesRequest() {
    return isOn("decompress", false);
  }

  boolean framesResponse() {
    return isOn("compress", false);
  }

  boolean waitsForEnd() {
    return isOn("wait_end_of_query", false) || isOn("http_wait_end_of_query", false);
  }

  /** Which of the encodings the client takes to use for the answer; null for none. */
  @Nullable String responseEncoding(boolean compressesByDefault) {
    String accepted = headers.getFirst("Accept-Encoding");
    if (accepted == null || !isOn("enable_http_compression", compressesByDefault)) {
      return null;
    }
    String lower = accepted.toLowerCase(Locale.ROOT);
    for (String encoding : new String[] {"gzip", "zstd", "lz4", "deflate"}) {
      if (lower.contains(encoding)) {
        return encoding;
      }
    }
    return null;
  }

  @Nullable String contentEncoding() {
    String encoding = headers.getFirst("Content-Encoding");
    return encoding == null ? null : encoding.strip().toLowerCase(Locale.ROOT);
  }

  /** A feature of the server's interface that this front does not have; null if there is none. */
  @Nullable String unsupported() {
    String session = fields.get("session_id");
    if (session != null && !session.isEmpty()) {
      return "HTTP sessions (session_id)";
    }
    String role = fields.get("role");
    if (role != null && !role.isEmpty()) {
      return "roles";
    }
    String type = headers.getFirst("Content-Type");
    return type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")
        ? "multipart bodies (external tables)"
        : null;
  }

  Credentials credentials() {
    String user = headers.getFirst("X-ClickHouse-User");
    String password = headers.getFirst("X-ClickHouse-Key");
    if (user != null || password != null) {
      return new Credentials(orEmpty(user), orEmpty(password));
    }
    String authorization = headers.getFirst("Authorization");
    if (authorization != null && authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
      try {
        byte[] decoded = Base64.getDecoder().decode(authorization.substring(6).strip());
        String pair = new String(decoded, StandardCharsets.UTF_8);
        int colon = pair.indexOf(':');
        return colon < 0
            ? new Credentials(pair, "")
            : new Credentials(pair.substring(0, colon), pair.substring(colon + 1));
      } catch (IllegalArgumentException malformed) {
        return new Credentials(" ", "");
      }
    }
    return new Credentials(orEmpty(fields.get("user")), orEmpty(fields.get("password")));
  }

  private boolean isOn(String name, boolean absent) {
    String value = fields.get(name);
    return value == null ? absent : value.equals("1") || value.equalsIgnoreCase("true");
  }

  private @Nullable String field(String parameter, String header) {
    String value = fields.get(parameter);
    return value == null ? headers.getFirst(header) : value;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** User and password as sent; an empty user is the user {@code default}. */
  record Credentials(String user, String password) {
    String effectiveUser() {
      return user.isEmpty() ? "default" : user;
    }

    @Override
    public String toString() {
      return "Credentials[user=" + user + ", password=***]";
    }
  }
}
