package io.penstock.core.event;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The event contract. {@link #parse} goes over a record's bytes once, refuses what breaks the
 * contract and otherwise fills {@link #event()}. Whatever the bytes are, the answer is an event or
 * a {@link Refusal}, never an exception.
 *
 * <p>One parser per thread: it reuses its buffers and its event. Not thread-safe.
 */
public final class EventParser {
  /** The record header that overrides the field {@code client_id}. */
  public static final String CLIENT_ID_HEADER = "penstock-client-id";

  /** The record header that overrides the field {@code api_key_hash}. */
  public static final String API_KEY_HASH_HEADER = "penstock-api-key-hash";

  private static final int MAX_EVENT_NAME = 200;

  private final EventLimits limits;
  private final JsonScanner scanner = new JsonScanner();
  private final Fields fields = new Fields();
  private final ExtraFields extra = new ExtraFields();
  private final ClientIds clientIds = new ClientIds();
  private final Event event = new Event();
  private final Slice clientIdText = new Slice(event.record);
  private final Slice keyHashText = new Slice(event.record);
  private final Slice time = new Slice(event.record);
  private final Slice id = new Slice(event.record);
  private boolean claimed;

  /**
   * @param limits what sizes and times are accepted
   */
  public EventParser(EventLimits limits) {
    this.limits = limits;
  }

  /** The event that the last successful {@link #parse} filled; the same object every time. */
  public Event event() {
    return event;
  }

  /** The client that the last parsed record claims to be of, null if it could not be read. */
  public @Nullable String claimedClientId() {
    return claimed ? event.clientId : null;
  }

  /**
   * Parses one record.
   *
   * @param value the record's value; null, like any other value that is no event, is a refusal
   * @param clientIdHeader the header {@link #CLIENT_ID_HEADER}, which wins over the field
   * @param apiKeyHashHeader the header {@link #API_KEY_HASH_HEADER}, which wins over the field
   * @param timestampMillis the broker's timestamp: the event's time where it has none, and what
   *     "too far ahead" is judged by, so that a replay is judged alike
   * @return null if {@link #event()} holds the event, otherwise why not
   */
  public @Nullable Refusal parse(
      byte @Nullable [] value,
      byte @Nullable [] clientIdHeader,
      byte @Nullable [] apiKeyHashHeader,
      long timestampMillis) {
    claimed = false;
    if (clientIdHeader != null) {
      // Even a record that is no event is then some client's.
      clientIdText.set(clientIdHeader, clientIdHeader.length);
      claim();
    }
    if (value == null || value.length == 0) {
      return malformed("the record has no value; expected a JSON object");
    }
    if (value.length > limits.maxRecordBytes()) {
      return new Refusal(
          Reason.RECORD_TOO_LARGE,
          "",
          "the record's value has %d bytes; at most %d are accepted"
              .formatted(value.length, limits.maxRecordBytes()));
    }
    extra.reset();
    try {
      readFields(value);
    } catch (MalformedJson notJson) {
      return malformed(notJson.detail());
    }
    return check(value, clientIdHeader, apiKeyHashHeader, timestampMillis);
  }

  private void readFields(byte[] value) throws MalformedJson {
    fields.reset();
    event.record.set(value);
    scanner.reset(value);
    if (!scanner.accept('{')) {
      throw scanner.unexpected("a JSON object in UTF-8");
    }
    if (!scanner.accept('}')) {
      do {
        readMember(value);
      } while (scanner.accept(','));
      if (!scanner.accept('}')) {
        throw scanner.unexpected("',' or '}'");
      }
    }
    if (!scanner.atEnd()) {
      throw scanner.unexpected("the end after the JSON object");
    }
    extra.writeTo(event.extra);
  }

  private void readMember(byte[] value) throws MalformedJson {
    byte nameKind = scanner.skipString();
    int name = scanner.start();
    int nameEnd = scanner.position();
    int field =
        nameKind == JsonScanner.STRING
            ? Fields.find(value, name + 1, nameEnd - 1)
            : fields.findEscaped(value, name + 1, nameEnd - 1);
    if (!scanner.accept(':')) {
      throw scanner.unexpected("':'");
    }
    byte kind = scanner.skipValue();
    if (field >= 0) {
      fields.put(field, kind, scanner.start(), scanner.position());
    } else {
      extra.add(value, name, scanner.position());
    }
  }

  private @Nullable Refusal check(
      byte[] value,
      byte @Nullable [] clientIdHeader,
      byte @Nullable [] apiKeyHashHeader,
      long timestampMillis) {
    Refusal refusal = checkClientId(value, clientIdHeader);
    if (refusal == null) {
      refusal = checkRepeated();
    }
    if (refusal == null) {
      refusal = checkApiKeyHash(value, apiKeyHashHeader);
    }
    if (refusal == null) {
      refusal = checkEventName(value);
    }
    if (refusal == null) {
      refusal = checkEventId(value);
    }
    if (refusal == null) {
      refusal = checkEventTime(value, timestampMillis);
    }
    if (refusal == null) {
      refusal = readText(value, Fields.USER_ID, event.userId);
    }
    if (refusal == null) {
      refusal = readText(value, Fields.ANONYMOUS_ID, event.anonymousId);
    }
    if (refusal == null) {
      refusal = readText(value, Fields.SESSION_ID, event.sessionId);
    }
    if (refusal == null) {
      refusal = checkProperties();
    }
    return refusal;
  }

  private @Nullable Refusal checkClientId(byte[] value, byte @Nullable [] header) {
    if (header == null && fields.repeated == Fields.CLIENT_ID) {
      return checkRepeated();
    }
    Refusal refusal = readRequired(value, Fields.CLIENT_ID, header, clientIdText);
    if (refusal != null || claim()) {
      return refusal;
    }
    return invalid(
        "client_id",
        "must be 1-64 of A-Z, a-z, 0-9, '_' and '-'; got "
            + shape(clientIdText)
            + source(header, CLIENT_ID_HEADER));
  }

  /** Takes the text for the client's id, if it can be one. */
  private boolean claim() {
    String clientId = clientIds.intern(clientIdText);
    claimed = clientId != null;
    if (clientId != null) {
      event.clientId = clientId;
    }
    return claimed;
  }

  private @Nullable Refusal checkRepeated() {
    return fields.repeated < 0
        ? null
        : invalid(Fields.name(fields.repeated), "must appear once; it appears again");
  }

  private @Nullable Refusal checkApiKeyHash(byte[] value, byte @Nullable [] header) {
    Refusal refusal = readRequired(value, Fields.API_KEY_HASH, header, keyHashText);
    if (refusal != null) {
      return refusal;
    }
    event.apiKeyHash =
        ApiKeyHash.parseHex(keyHashText.bytes(), keyHashText.from(), keyHashText.length());
    return event.apiKeyHash != null
        ? null
        : invalid(
            "api_key_hash",
            "must be 64 hex digits, the SHA-256 of the API key; got "
                + shape(keyHashText)
                + source(header, API_KEY_HASH_HEADER));
  }

  private @Nullable Refusal checkEventName(byte[] value) {
    Refusal refusal = readRequired(value, Fields.EVENT_NAME, null, event.eventName);
    if (refusal != null) {
      return refusal;
    }
    int bytes = event.eventName.length();
    // Bytes need to be counted as characters only where there are more of them than of characters.
    boolean fits =
        bytes >= 1 && (bytes <= MAX_EVENT_NAME || characters(event.eventName) <= MAX_EVENT_NAME);
    return fits
        ? null
        : invalid("event_name", "must have 1-200 characters; got " + shape(event.eventName));
  }

  private @Nullable Refusal checkEventId(byte[] value) {
    event.hasEventId = !fields.absent(Fields.EVENT_ID);
    if (!event.hasEventId) {
      return null;
    }
    Refusal refusal = readText(value, Fields.EVENT_ID, id);
    if (refusal != null) {
      return refusal;
    }
    return EventIds.parse(id, event)
        ? null
        : invalid("event_id", "must be a UUID such as 8-4-4-4-12 hex digits; got " + shape(id));
  }

  private @Nullable Refusal checkEventTime(byte[] value, long timestampMillis) {
    boolean absent = fields.absent(Fields.EVENT_TIME);
    long millis = absent ? timestampMillis : readTime(value);
    if (millis == EventTime.NONE) {
      return invalid(
          "event_time",
          "must be ISO-8601 with a zone such as 2026-01-31T23:59:59.123Z, or integer epoch"
              + " milliseconds; got "
              + fields.shape(Fields.EVENT_TIME));
    }
    if (millis < limits.earliestMillis()) {
      String what = absent ? "is absent, and the record's timestamp " : "";
      return outOfRange(
          what + Instant.ofEpochMilli(millis),
          "before " + Instant.ofEpochMilli(limits.earliestMillis()));
    }
    // The difference of a late and a negative time may overflow.
    long ahead = millis - timestampMillis;
    if (millis > timestampMillis && (ahead > limits.maxAheadMillis() || ahead < 0)) {
      return outOfRange(
          Instant.ofEpochMilli(millis).toString(),
          "more than %d s ahead of the broker's %s"
              .formatted(limits.maxAheadMillis() / 1000, Instant.ofEpochMilli(timestampMillis)));
    }
    event.eventTimeMillis = millis;
    return null;
  }

  private long readTime(byte[] value) {
    byte kind = fields.kind(Fields.EVENT_TIME);
    if (kind == JsonScanner.NUMBER) {
      return EventTime.fromNumber(
          value, fields.start(Fields.EVENT_TIME), fields.end(Fields.EVENT_TIME));
    }
    if (!isString(kind)) {
      return EventTime.NONE;
    }
    readString(value, Fields.EVENT_TIME, time);
    return EventTime.fromIso(time.bytes(), time.from(), time.from() + time.length());
  }

  private static Refusal outOfRange(String time, String how) {
    return new Refusal(
        Reason.EVENT_TIME_OUT_OF_RANGE, "event_time", "event_time " + time + " is " + how);
  }

  private @Nullable Refusal checkProperties() {
    if (fields.absent(Fields.EVENT_PROPERTIES)) {
      event.eventProperties.set(ExtraFields.EMPTY_OBJECT, ExtraFields.EMPTY_OBJECT.length);
      return null;
    }
    if (fields.kind(Fields.EVENT_PROPERTIES) != JsonScanner.OBJECT) {
      return invalid(
          "event_properties",
          "must be a JSON object; got " + fields.shape(Fields.EVENT_PROPERTIES));
    }
    int start = fields.start(Fields.EVENT_PROPERTIES);
    event.eventProperties.set(start, fields.end(Fields.EVENT_PROPERTIES) - start);
    return null;
  }

  private @Nullable Refusal readRequired(
      byte[] value, int field, byte @Nullable [] header, Slice into) {
    if (header != null) {
      into.set(header, header.length);
      return null;
    }
    if (fields.absent(field)) {
      String name = Fields.name(field);
      return new Refusal(Reason.MISSING_FIELD, name, name + " is required; it is absent or null");
    }
    return readText(value, field, into);
  }

  /** Reads an optional string; absent and null are the empty string. */
  private @Nullable Refusal readText(byte[] value, int field, Slice into) {
    if (fields.absent(field)) {
      into.clear();
      return null;
    }
    if (!isString(fields.kind(field))) {
      return invalid(Fields.name(field), "must be a string; got " + fields.shape(field));
    }
    readString(value, field, into);
    return null;
  }

  private void readString(byte[] value, int field, Slice into) {
    int from = fields.start(field) + 1;
    int to = fields.end(field) - 1;
    if (fields.kind(field) == JsonScanner.STRING) {
      into.set(from, to - from);
    } else {
      byte[] plain = new byte[to - from];
      into.set(plain, JsonEscapes.unescape(value, from, to, plain));
    }
  }

  private static boolean isString(byte kind) {
    return kind == JsonScanner.STRING || kind == JsonScanner.ESCAPED_STRING;
  }

  private static int characters(Slice text) {
    int count = 0;
    byte[] bytes = text.bytes();
    for (int i = text.from(); i < text.from() + text.length(); i++) {
      if ((bytes[i] & 0xc0) != 0x80) {
        count++;
      }
    }
    return count;
  }

  private static String shape(Slice text) {
    return "a string of " + characters(text) + " characters";
  }

  private static String source(byte @Nullable [] header, String name) {
    return header == null ? "" : " in the record header " + name;
  }

  private static Refusal malformed(String detail) {
    return new Refusal(Reason.MALFORMED_JSON, "", detail);
  }

  private static Refusal invalid(String field, String rule) {
    return new Refusal(Reason.INVALID_FIELD, field, field + " " + rule);
  }
}
