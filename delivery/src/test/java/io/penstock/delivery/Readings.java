package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.intake.Contract;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.intake.Verdict;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import io.penstock.core.rows.RowSink;
import io.penstock.core.rows.RowWriter;
import io.penstock.core.rows.Table;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A contract that has nothing to do with events: {@code sender: client/table=value ...}. A record
 * has any number of readings, for either of two tables, of several clients; each is a row with the
 * reading's number in the record, the value, and where the record stands.
 */
final class Readings implements Contract<List<Readings.Reading>> {
  static final Table METERS = table("meters");
  static final Table ALARMS = table("alarms");

  /** One row. */
  record Reading(String client, Table table, String value) {}

  private static Table table(String name) {
    return new Table(
        name,
        List.of("index", "value", "source_topic", "source_partition", "source_offset"),
        "index",
        Integer.BYTES,
        0);
  }

  static ClientMetadata client(String id) {
    return new ClientMetadata(id, ClientStatus.ACTIVE, "client_" + id, "default", List.of());
  }

  @Override
  public Verdict<List<Reading>> judge(IncomingRecord record, Arrival arrival) {
    byte[] value = record.value();
    String[] parts = value == null ? new String[0] : new String(value, UTF_8).split(": ?", 2);
    if (parts.length < 2) {
      return new Verdict.Refused<>(
          Failure.of(new Refusal(Reason.MALFORMED_JSON, "", "no sender"), null));
    }
    List<Reading> readings = new ArrayList<>();
    for (String one : parts[1].isEmpty() ? new String[0] : parts[1].split(" ", -1)) {
      String[] fields = one.split("[/=]", 3);
      readings.add(new Reading(fields[0], fields[1].equals("meters") ? METERS : ALARMS, fields[2]));
    }
    return new Verdict.Accepted<>(client(parts[0]), readings);
  }

  @Override
  public void write(
      List<Reading> readings,
      ClientMetadata sender,
      IncomingRecord record,
      Arrival arrival,
      RowWriter rows) {
    int index = 0;
    for (Reading reading : readings) {
      if (reading.value.equals("bug")) {
        throw new IllegalStateException("cannot write this");
      }
      RowSink sink = rows.rows(client(reading.client), reading.table);
      byte[] value = reading.value.getBytes(UTF_8);
      byte[] topic = rows.source().partition().topic().getBytes(UTF_8);
      byte[] row =
          ByteBuffer.allocate(4 + 1 + value.length + 1 + topic.length + 4 + 8)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(index++)
              .put((byte) value.length)
              .put(value)
              .put((byte) topic.length)
              .put(topic)
              .putInt(rows.source().partition().partition())
              .putLong(record.offset())
              .array();
      byte[] reserved = sink.reserve(row.length);
      System.arraycopy(row, 0, reserved, sink.reservedAt(), row.length);
      sink.commit(reserved, row.length);
    }
  }

  @Override
  public IncomingRecord rebuild(long offset, Table table, byte[] row, String clientId) {
    byte[] value = new byte[row[4]];
    System.arraycopy(row, 5, value, 0, value.length);
    String text =
        "%s: %s/%s=%s".formatted(clientId, clientId, table.name(), new String(value, UTF_8));
    return new IncomingRecord(offset, 0, null, text.getBytes(UTF_8), new RecordHeaders());
  }
}
