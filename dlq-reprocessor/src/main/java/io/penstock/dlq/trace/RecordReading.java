package io.penstock.dlq.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.client.KeyMask;
import io.penstock.core.event.Event;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.kafka.LeftOut;
import io.penstock.dlq.letter.LetterText;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Reads what a record says of itself, by the event contract. Not thread-safe. */
final class RecordReading {
  private static final Pattern ID =
      Pattern.compile("\"event_id\"\\s*:\\s*\"(" + Asked.ID.pattern() + ")\"");

  private static final int MAX_KEY = 200;

  private final EventParser parser;

  RecordReading(EventLimits limits) {
    parser = new EventParser(limits);
  }

  /**
   * What was read.
   *
   * @param client that the record claims to be of; null: none
   * @param eventId that it has; null: none
   * @param text the rest, for people; keys are masked
   */
  record Read(@Nullable String client, @Nullable UUID eventId, String text) {}

  Read read(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    LeftOut leftOut = LeftOut.of(record.headers());
    var refusal =
        parser.parse(
            leftOut == null ? value : null,
            header(record, EventParser.CLIENT_ID_HEADER),
            header(record, EventParser.API_KEY_HASH_HEADER),
            Math.max(record.timestamp(), 0));
    String client = parser.claimedClientId();
    Event event = parser.event();
    UUID id = null;
    if (refusal == null) {
      id = event.hasEventId() ? new UUID(event.eventIdHigh(), event.eventIdLow()) : null;
    } else if (value != null) {
      Matcher claimed = ID.matcher(new String(value, ISO_8859_1));
      id = claimed.find() ? UUID.fromString(claimed.group(1)) : null;
    }
    String key =
        record.key() == null
            ? "no key"
            : "key \"%s\""
                .formatted(LetterText.cut(KeyMask.mask(new String(record.key(), UTF_8)), MAX_KEY));
    String text =
        "%s, client %s, %s, %,d bytes%s"
            .formatted(
                key,
                client == null ? "not said" : client,
                refusal == null
                    ? "key hash " + KeyMask.maskWhole(event.apiKeyHash().toHex())
                    : "no event that could be stored: " + refusal.detail(),
                leftOut != null ? leftOut.size() : value == null ? 0 : value.length,
                id == null ? "" : ", event id " + id);
    return new Read(client, id, text);
  }

  private static byte @Nullable [] header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : header.value();
  }
}
