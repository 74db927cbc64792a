package io.penstock.core.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What became of the records {@code [start, end)} of one partition: one completed block. Every
 * offset of the range is counted once: {@code stored + deadLetters + notDelivered + lost = end -
 * start}. Immutable.
 *
 * <p>In Kafka an entry is a JSON object of one line, whose fields are the columns of the table
 * {@code ledger}; ClickHouse reads it as it is. The fields are a contract between releases: new
 * ones may come, none changes its meaning.
 *
 * @param start the first offset that was not durable before
 * @param end behind the last one that is durable now
 * @param first when the broker appended the block's first record, and {@code last} its last one;
 *     both null where the block has no record
 * @param stored records of which all rows are stored
 * @param deadLetters records that became dead letters
 * @param notDelivered offsets that Kafka keeps no record of: markers of transactions, records of
 *     aborted ones, and what compaction took away
 * @param lost see {@link Lost}
 * @param rows what is stored where; of at most {@link #MAX_LINES} lines
 * @param letters how many records became dead letters, and why; of at most {@link #MAX_LINES} lines
 * @param tokens SHA-256 over the deduplication tokens of the block's inserts, in their order, in
 *     hexadecimal; "" where there was none
 * @param router who wrote the entry
 * @param version of that router
 * @param written when, by its clock
 */
public record LedgerEntry(
    String topic,
    Uuid topicId,
    int partition,
    long start,
    long end,
    @Nullable Instant first,
    @Nullable Instant last,
    long stored,
    long deadLetters,
    long notDelivered,
    Lost lost,
    List<Rows> rows,
    List<Letters> letters,
    String tokens,
    String router,
    String version,
    Instant written) {
  /**
   * How many clients, tables, reasons and hours an entry tells apart; what is beyond is added up
   * without a client's name. An entry then stays below half a MiB.
   */
  public static final int MAX_LINES = 3_000;

  private static final JsonFactory JSON = new JsonFactory();

  /** Made when it is asked for first: routers only write entries. */
  private static final class Reader {
    static final JsonMapper JSON = JsonMapper.builder().build();
  }

  /**
   * Offsets whose records are in no table and no dead letter, and why.
   *
   * @param expired Kafka deleted them before they were read
   * @param withTopic their topic was deleted before they were stored
   * @param discarded their dead letters were too large for the topic, and the router may discard
   *     such
   */
  public record Lost(long expired, long withTopic, long discarded) {
    /** Nothing. */
    public static final Lost NONE = new Lost(0, 0, 0);

    /** All together. */
    public long offsets() {
      return expired + withTopic + discarded;
    }
  }

  /**
   * Rows stored for one client in one table.
   *
   * @param client its id; "" for all that are beyond {@link #MAX_LINES}
   * @param hour in which the broker appended their records: its beginning
   * @param digest see {@link OffsetDigest}: of the rows' offsets
   */
  public record Rows(String client, String table, Instant hour, long rows, long digest) {}

  /**
   * Records that became dead letters.
   *
   * @param client whose they claim to be; "" if they claim none, or it is none that Penstock knows
   * @param reason a {@code Reason}; of another release perhaps
   * @param hour in which the broker appended the records: its beginning
   */
  public record Letters(String client, String reason, Instant hour, long records) {}

  /**
   * @throws IllegalArgumentException if not every offset is counted once
   */
  public LedgerEntry {
    rows = List.copyOf(rows);
    letters = List.copyOf(letters);
    long counted = stored + deadLetters + notDelivered + lost.offsets();
    if (end <= start || counted != end - start || stored < 0 || deadLetters < 0) {
      throw new IllegalArgumentException(
          "an entry for the offsets %d to %d of %s-%d accounts for %d stored, %d dead letters, %d not delivered, %d lost"
              .formatted(
                  start, end, topic, partition, stored, deadLetters, notDelivered, lost.offsets()));
    }
  }

  /**
   * The entry's key in Kafka: the block's origin, so that a block that is repeated is one entry.
   */
  public byte[] key() {
    return (topicId + " " + partition + " " + start).getBytes(StandardCharsets.US_ASCII);
  }

  /** The entry as it stands in Kafka. */
  public byte[] toJson() {
    ByteArrayOutputStream out =
        new ByteArrayOutputStream(512 + 96 * (rows.size() + letters.size()));
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("topic", topic);
      json.writeStringField("topic_id", topicId.toString());
      json.writeNumberField("partition", partition);
      json.writeNumberField("start_offset", start);
      json.writeNumberField("end_offset", end);
      json.writeStringField("first_at", first == null ? null : first.toString());
      json.writeStringField("last_at", last == null ? null : last.toString());
      json.writeNumberField("stored", stored);
      json.writeNumberField("dead_letters", deadLetters);
      json.writeNumberField("not_delivered", notDelivered);
      json.writeNumberField("lost_expired", lost.expired());
      json.writeNumberField("lost_with_topic", lost.withTopic());
      json.writeNumberField("lost_discarded", lost.discarded());
      column(json, "rows.client", rows, Rows::client);
      column(json, "rows.table_name", rows, Rows::table);
      column(json, "rows.hour", rows, Rows::hour);
      column(json, "rows.count", rows, Rows::rows);
      column(json, "rows.digest", rows, line -> Long.toUnsignedString(line.digest()));
      column(json, "letters.client", letters, Letters::client);
      column(json, "letters.reason", letters, Letters::reason);
      column(json, "letters.hour", letters, Letters::hour);
      column(json, "letters.count", letters, Letters::records);
      json.writeStringField("tokens", tokens);
      json.writeStringField("router", router);
      json.writeStringField("version", version);
      json.writeStringField("written_at", written.toString());
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.toByteArray();
  }

  private static <L> void column(
      JsonGenerator json, String name, List<L> lines, Function<L, Object> value)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (L line : lines) {
      switch (value.apply(line)) {
        case Long number -> json.writeNumber(number);
        case Object text -> json.writeString(text.toString());
      }
    }
    json.writeEndArray();
  }

  /**
   * Reads an entry as it stands in Kafka. Fields of later releases are passed over.
   *
   * @throws IllegalArgumentException if it is none, or does not count every offset once
   */
  public static LedgerEntry parse(byte[] value) {
    try {
      JsonNode json = Reader.JSON.readTree(value);
      return new LedgerEntry(
          text(json, "topic"),
          Uuid.fromString(text(json, "topic_id")),
          Math.toIntExact(number(json, "partition")),
          number(json, "start_offset"),
          number(json, "end_offset"),
          time(json.get("first_at")),
          time(json.get("last_at")),
          number(json, "stored"),
          number(json, "dead_letters"),
          number(json, "not_delivered"),
          new Lost(
              number(json, "lost_expired"),
              number(json, "lost_with_topic"),
              number(json, "lost_discarded")),
          rows(json),
          letters(json),
          text(json, "tokens"),
          text(json, "router"),
          text(json, "version"),
          Instant.parse(text(json, "written_at")));
    } catch (IOException | DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException("not an entry of the ledger: " + e.getMessage(), e);
    }
  }

  private static List<Rows> rows(JsonNode json) {
    List<Rows> lines = new ArrayList<>();
    for (int i = 0; i < required(json, "rows.client").size(); i++) {
      lines.add(
          new Rows(
              element(json, "rows.client", i).asText(),
              element(json, "rows.table_name", i).asText(),
              Instant.parse(element(json, "rows.hour", i).asText()),
              element(json, "rows.count", i).asLong(),
              Long.parseUnsignedLong(element(json, "rows.digest", i).asText())));
    }
    return lines;
  }

  private static List<Letters> letters(JsonNode json) {
    List<Letters> lines = new ArrayList<>();
    for (int i = 0; i < required(json, "letters.client").size(); i++) {
      lines.add(
          new Letters(
              element(json, "letters.client", i).asText(),
              element(json, "letters.reason", i).asText(),
              Instant.parse(element(json, "letters.hour", i).asText()),
              element(json, "letters.count", i).asLong()));
    }
    return lines;
  }

  private static JsonNode required(JsonNode json, String name) {
    JsonNode value = json.get(name);
    if (value == null || value.isNull()) {
      throw new IllegalArgumentException("not an entry of the ledger: it has no " + name);
    }
    return value;
  }

  private static JsonNode element(JsonNode json, String name, int i) {
    JsonNode value = required(json, name).get(i);
    if (value == null) {
      throw new IllegalArgumentException("not an entry of the ledger: " + name + " is too short");
    }
    return value;
  }

  private static String text(JsonNode json, String name) {
    return required(json, name).asText();
  }

  private static long number(JsonNode json, String name) {
    JsonNode value = required(json, name);
    if (!value.isIntegralNumber()) {
      throw new IllegalArgumentException("not an entry of the ledger: " + name + " is no number");
    }
    return value.longValue();
  }

  private static @Nullable Instant time(@Nullable JsonNode value) {
    return value == null || value.isNull() ? null : Instant.parse(value.asText());
  }
}
