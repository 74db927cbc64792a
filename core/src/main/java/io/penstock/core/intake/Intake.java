package io.penstock.core.intake;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.event.Event;
import io.penstock.core.event.EventParser;
import io.penstock.core.kafka.LeftOut;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.time.Instant;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Judges a record by the event contract and by what is known of its client. Not thread-safe. */
public final class Intake {
  private final EventParser parser;
  private final Function<String, Lookup> directory;

  /**
   * @param directory looks a client up by its id; called for every event
   */
  public Intake(EventParser parser, Function<String, Lookup> directory) {
    this.parser = parser;
    this.directory = directory;
  }

  /**
   * Decides what is to become of a record; never throws for what the record contains.
   *
   * @param arrival how the record came
   */
  public Verdict<Event> judge(IncomingRecord record, Arrival arrival) {
    LeftOut leftOut = LeftOut.of(record.headers());
    if (leftOut != null) {
      return tooLarge(leftOut, record, arrival);
    }
    Refusal refusal =
        parser.parse(
            record.value(),
            header(record.headers(), EventParser.CLIENT_ID_HEADER),
            header(record.headers(), EventParser.API_KEY_HASH_HEADER),
            arrival.timestampMillis());
    if (refusal != null) {
      return refused(refusal);
    }
    Event event = parser.event();
    return switch (directory.apply(event.clientId())) {
      case Lookup.Found(var client) -> authenticate(client, event, record, arrival);
      case Lookup.Unknown() ->
          refused(new Refusal(Reason.UNKNOWN_CLIENT, "client_id", "no client has this client_id"));
      case Lookup.Unavailable(var detail) -> new Verdict.Undecided<>(detail);
    };
  }

  /** The client that a record's event names; null if the record is no event. */
  static @Nullable String clientOf(ConsumerRecord<byte[], byte[]> record, EventParser parser) {
    if (LeftOut.of(record.headers()) != null) {
      return null;
    }
    Refusal refusal =
        parser.parse(
            record.value(),
            header(record.headers(), EventParser.CLIENT_ID_HEADER),
            header(record.headers(), EventParser.API_KEY_HASH_HEADER),
            Math.max(record.timestamp(), 0));
    return refusal == null ? parser.event().clientId() : null;
  }

  private Verdict<Event> authenticate(
      ClientMetadata client, Event event, IncomingRecord record, Arrival arrival) {
    // Not by a time that headers only claim: a revoked key must not vouch for events of long ago
    // (docs/adr/0010).
    long acceptedAtMillis = arrival.proven() ? arrival.timestampMillis() : record.timestampMillis();
    Refusal refusal = Authentication.check(client, event.apiKeyHash(), acceptedAtMillis);
    if (refusal != null) {
      return refused(refusal);
    }
    // By the broker's times alone: judged again after a crash, the answer is the same.
    if (client
        .retention()
        .isOver(event.eventTimeMillis(), arrival.timestampMillis(), record.timestampMillis())) {
      return refused(over(client.retention(), event, arrival));
    }
    if (!event.hasEventId()) {
      event.deriveEventId(arrival.origin());
    }
    return new Verdict.Accepted<>(client, event);
  }

  private static Refusal over(Retention retention, Event event, Arrival arrival) {
    boolean byTime = retention.from() == Retention.From.EVENT_TIME;
    return new Refusal(
        Reason.EVENT_TIME_OUT_OF_RANGE,
        "event_time",
        "%s %s is older than the client keeps events: its retention is %d days from %s"
            .formatted(
                byTime ? "event_time" : "the arrival",
                Instant.ofEpochMilli(byTime ? event.eventTimeMillis() : arrival.timestampMillis()),
                retention.days(),
                retention.from().text()));
  }

  private Verdict<Event> tooLarge(LeftOut leftOut, IncomingRecord record, Arrival arrival) {
    // Of a shell, the headers alone can say whose it is.
    Refusal _ =
        parser.parse(
            null,
            header(record.headers(), EventParser.CLIENT_ID_HEADER),
            null,
            arrival.timestampMillis());
    return refused(
        new Refusal(
            Reason.RECORD_TOO_LARGE,
            "",
            "the record is too large to be unpacked; its value has %d bytes"
                .formatted(leftOut.size())));
  }

  private Verdict<Event> refused(Refusal refusal) {
    return new Verdict.Refused<>(Failure.of(refusal, parser.claimedClientId()));
  }

  private static byte @Nullable [] header(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null ? null : header.value();
  }
}
