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
    try {
      if (value == null || value.length == 0) {
        throw Refused.malformed("the record has no value; expected a JSON object");
      }
      readFields(value);
      check(value, clientIdHeader, apiKeyHashHeader, timestampMillis);
      return null;
    } catch (Refused refused) {
      return refused.refusal();
    }
  }

  private void readFields(byte[] value) throws Refused {
    if (value.length > limits.maxRecordBytes()) {
      throw new Refused(
          Reason.RECORD_TOO_LARGE,
          "",
          "the record's value has %d bytes; at most %d are accepted"
              .formatted(value.length, limits.maxRecordBytes()));
    }
    extra.reset();
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

  private void readMember(byte[] value) throws Refused {
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

  private void check(
      byte[] value,
      byte @Nullable [] clientIdHeader,
      byte @Nullable [] apiKeyHashHeader,
      long timestampMillis)
      throws Refused {
    checkClientId(value, clientIdHeader);
    checkRepeated();
    checkApiKeyHash(value, apiKeyHashHeader);
    checkEventName(value);
    checkEventId(value);
    checkEventTime(value, timestampMillis);
    readText(value, Fields.USER_ID, event.userId);
    readText(value, Fields.ANONYMOUS_ID, event.anonymousId);
    readText(value, Fields.SESSION_ID, event.sessionId);
    checkProperties();
  }

  private void checkClientId(byte[] value, byte @Nullable [] header) throws Refused {
    if (header == null && fields.repeated == Fields.CLIENT_ID) {
      checkRepeated();
    }
    readRequired(value, Fields.CLIENT_ID, header, clientIdText);
    if (!claim()) {
      throw invalid(
          "client_id",
          "must be 1-64 of A-Z, a-z, 0-9, '_' and '-'; got "
              + shape(clientIdText)
              + source(header, CLIENT_ID_HEADER));
    }
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

  private void checkRepeated() throws Refused {
    if (fields.repeated >= 0) {
      throw invalid(Fields.name(fields.repeated), "must appear once; it appears again");
    }
  }

  private void checkApiKeyHash(byte[] value, byte @Nullable [] header) throws Refused {
    readRequired(value, Fields.API_KEY_HASH, header, keyHashText);
    event.apiKeyHash =
        ApiKeyHash.parseHex(keyHashText.bytes(), keyHashText.from(), keyHashText.length());
    if (event.apiKeyHash == null) {
      throw invalid(
          "api_key_hash",
          "must be 64 hex digits, the SHA-256 of the API key; got "
              + shape(keyHashText)
              + source(header, API_KEY_HASH_HEADER));
    }
  }

  private void checkEventName(byte[] value) throws Refused {
    readRequired(value, Fields.EVENT_NAME, null, event.eventName);
    int bytes = event.eventName.length();
    // Bytes need to be counted as characters only where there are more of them than of characters.
    if (bytes < 1 || (bytes > MAX_EVENT_NAME && characters(event.eventName) > MAX_EVENT_NAME)) {
      throw invalid("event_name", "must have 1-200 characters; got " + shape(event.eventName));
    }
  }

  private void checkEventId(byte[] value) throws Refused {
    event.hasEventId = !fields.absent(Fields.EVENT_ID);
    if (event.hasEventId) {
      readText(value, Fields.EVENT_ID, id);
      if (!EventIds.parse(id, event)) {
        throw invalid("event_id", "must be a UUID such as 8-4-4-4-12 hex digits; got " + shape(id));
      }
    }
  }

  private void checkEventTime(byte[] value, long timestampMillis) throws Refused {
    boolean absent = fields.absent(Fields.EVENT_TIME);
    long millis = absent ? timestampMillis : readTime(value);
    if (millis == EventTime.NONE) {
      throw invalid(
          "event_time",
          "must be ISO-8601 with a zone such as 2026-01-31T23:59:59.123Z, or integer epoch"
              + " milliseconds; got "
              + fields.shape(Fields.EVENT_TIME));
    }
    if (millis < limits.earliestMillis()) {
      String what = absent ? "is absent, and the record's timestamp " : "";
      throw outOfRange(
          what + Instant.ofEpochMilli(millis),
          "before " + Instant.ofEpochMilli(limits.earliestMillis()));
    }
    // The difference of a late and a negative time may overflow.
    long ahead = millis - timestampMillis;
    if (millis > timestampMillis && (ahead > limits.maxAheadMillis() || ahead < 0)) {
      throw outOfRange(
          Instant.ofEpochMilli(millis).toString(),
          "more than %d s ahead of the broker's %s"
              .formatted(limits.maxAheadMillis() / 1000, Instant.ofEpochMilli(timestampMillis)));
    }
    event.eventTimeMillis = millis;
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

  private static Refused outOfRange(String time, String how) {
    return new Refused(
        Reason.EVENT_TIME_OUT_OF_RANGE, "event_time", "event_time " + time + " is " + how);
  }

  private void checkProperties() throws Refused {
    if (fields.absent(Fields.EVENT_PROPERTIES)) {
      event.eventProperties.set(ExtraFields.EMPTY_OBJECT, ExtraFields.EMPTY_OBJECT.length);
      return;
    }
    if (fields.kind(Fields.EVENT_PROPERTIES) != JsonScanner.OBJECT) {
      throw invalid(
          "event_properties",
          "must be a JSON object; got " + fields.shape(Fields.EVENT_PROPERTIES));
    }
    int start = fields.start(Fields.EVENT_PROPERTIES);
    event.eventProperties.set(start, fields.end(Fields.EVENT_PROPERTIES) - start);
  }

  private void readRequired(byte[] value, int field, byte @Nullable [] header, Slice into)
      throws Refused {
    if (header != null) {
      into.set(header, header.length);
    } else if (fields.absent(field)) {
      String name = Fields.name(field);
      throw new Refused(Reason.MISSING_FIELD, name, name + " is required; it is absent or null");
    } else {
      readText(value, field, into);
    }
  }

  /** Reads an optional string; absent and null are the empty string. */
  private void readText(byte[] value, int field, Slice into) throws Refused {
    if (fields.absent(field)) {
      into.clear();
    } else if (isString(fields.kind(field))) {
      readString(value, field, into);
    } else {
      throw invalid(Fields.name(field), "must be a string; got " + fields.shape(field));
    }
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

  private static Refused invalid(String field, String rule) {
    return new Refused(Reason.INVALID_FIELD, field, field + " " + rule);
  }
}
