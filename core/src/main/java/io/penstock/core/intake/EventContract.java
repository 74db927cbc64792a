package io.penstock.core.intake;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.Clients;
import io.penstock.core.client.Lookup;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.event.Event;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.rows.EventRows;
import io.penstock.core.rows.RowWriter;
import io.penstock.core.rows.Table;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The contract of the events topic: a record is one event of one client, and becomes one row.
 *
 * <p>Clients are looked up together: as soon as one is not in memory, so are all others of the same
 * poll that are not. A flood of made-up ids then costs two questions a poll, and not two or three
 * an event. Where every client is in memory it costs nothing. Not thread-safe.
 */
public final class EventContract implements Contract<Event> {
  /** How many are looked up together. */
  private static final int MAX_TOGETHER = 1_000;

  /** For as long an answer of the look-up counts that the directory did not keep. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private final Clients clients;
  private final Intake intake;
  private final EventParser ahead;
  private final LongSupplier nanoTime;
  private final Set<String> unknown = new HashSet<>();
  private Iterable<ConsumerRecord<byte[], byte[]>> polled = List.of();
  private boolean lookedAhead = true;
  private long lookedAt;

  /**
   * @param nanoTime the time, as {@link System#nanoTime}
   */
  public EventContract(EventLimits limits, Clients clients, LongSupplier nanoTime) {
    this.clients = clients;
    this.intake = new Intake(new EventParser(limits), this::lookup);
    this.ahead = new EventParser(limits);
    this.nanoTime = nanoTime;
  }

  @Override
  public void expect(Iterable<ConsumerRecord<byte[], byte[]>> records) {
    polled = records;
    lookedAhead = false;
    unknown.clear();
  }

  @Override
  public Verdict<Event> judge(IncomingRecord record, Arrival arrival) {
    return intake.judge(record, arrival);
  }

  @Override
  public void write(
      Event event, ClientMetadata client, IncomingRecord record, Arrival arrival, RowWriter rows) {
    EventRows.write(
        rows.rows(client, EventRows.TABLE),
        event,
        rows.source(),
        record.offset(),
        arrival.timestampMillis());
  }

  @Override
  public IncomingRecord rebuild(long offset, Table table, byte[] row, String clientId) {
    EventRows.Decoded event = EventRows.decode(row, clientId);
    return new IncomingRecord(
        offset, event.timestampMillis(), null, event.value(), new RecordHeaders());
  }

  private Lookup lookup(String clientId) {
    Lookup known = clients.inMemory(clientId);
    if (known == null && !lookedAhead) {
      lookedAhead = true;
      lookAhead();
    }
    // Of more strangers than fit the directory's memory, some are forgotten at once.
    if (known == null
        && unknown.contains(clientId)
        && nanoTime.getAsLong() - lookedAt < MOMENT.toNanos()) {
      return new Lookup.Unknown();
    }
    return known == null ? clients.lookup(clientId) : known;
  }

  private void lookAhead() {
    Set<String> missing = new HashSet<>();
    for (ConsumerRecord<byte[], byte[]> record : polled) {
      if (missing.size() < MAX_TOGETHER) {
        String clientId = Intake.clientOf(record, ahead);
        if (clientId != null && !clients.isInMemory(clientId)) {
          missing.add(clientId);
        }
      }
    }
    polled = List.of();
    // A single one is looked up as ever.
    if (missing.size() > 1) {
      lookedAt = nanoTime.getAsLong();
      clients
          .lookupAll(missing)
          .forEach((clientId, answer) -> {
            if (answer instanceof Lookup.Unknown) {
              unknown.add(clientId);
            }
          });
    }
  }
}
