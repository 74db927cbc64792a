package io.penstock.bench;

import com.clickhouse.client.api.query.GenericRecord;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.event.Origin;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * What became of each record, by its topic's id, partition and offset: asked of Kafka and of
 * ClickHouse, of nobody's counters.
 *
 * @param sent records that Kafka acknowledged
 * @param stored of which there is a row
 * @param deadLetters of which there is a dead letter
 * @param lost of which there is neither
 * @param duplicated rows too many, and records that are both, less those that were read again
 * @param readAgain rows too many, and records that are both, because the routers' offsets were
 *     moved back; the view {@code events} must still show each once, or they count as duplicated
 * @param astray rows in another client's database, and rows and letters of no record that was sent
 */
record SoakAccount(
    long sent,
    long stored,
    long deadLetters,
    long lost,
    long duplicated,
    long readAgain,
    long astray) {
  /** Whether every record is accounted for, once, and where it belongs. */
  boolean adds() {
    return lost == 0 && duplicated == 0 && astray == 0;
  }

  /** Takes it; {@code databases} are those of the clients that the records number. */
  static SoakAccount take(
      SoakRecords records, KafkaConfig kafka, StoredEvents tables, List<String> databases) {
    return new Count(records).take(kafka, tables, databases);
  }

  /** Where a record is. */
  private record Place(Uuid topicId, int partition) {}

  private static final class Count {
    private final SoakRecords records;
    private final Map<Place, BitSet> rows = new HashMap<>();
    private final Map<Place, BitSet> letters = new HashMap<>();
    private long duplicated;
    private long readAgain;
    private long astray;

    Count(SoakRecords records) {
      this.records = records;
    }

    SoakAccount take(KafkaConfig kafka, StoredEvents tables, List<String> databases) {
      long sent = records.sent();
      for (int client = 0; client < databases.size(); client++) {
        rows(tables, databases.get(client), client);
      }
      DeadLetterCount.read(kafka).byOrigin().values().forEach(this::letter);
      long both = 0;
      for (Map.Entry<Place, BitSet> dead : letters.entrySet()) {
        BitSet stored = rows.getOrDefault(dead.getKey(), new BitSet());
        BitSet isBoth = (BitSet) dead.getValue().clone();
        isBoth.and(stored);
        both += isBoth.cardinality();
        isBoth.stream().forEach(offset -> twice(dead.getKey(), offset));
      }
      long lost = sent - (total(rows) + total(letters) - both);
      return new SoakAccount(
          sent, total(rows), total(letters), lost, duplicated, readAgain, astray);
    }

    private void rows(StoredEvents tables, String database, int client) {
      for (GenericRecord row :
          tables.query(
              "SELECT source_topic_id AS t, source_partition AS p, source_offset AS o FROM %s.events_base"
                  .formatted(ClickHouseClients.quoted(database)))) {
        Place place = new Place(Uuid.fromString(row.getString("t")), row.getInteger("p"));
        long offset = row.getLong("o");
        if (!records.partition(place.topicId, place.partition).isOf(offset, client)) {
          astray++;
        } else if (!mark(rows, place, offset)) {
          twice(place, offset);
        }
      }
      duplicated +=
          tables
              .query(
                  "SELECT count() - uniqExact(source_topic_id, source_partition, source_offset) AS n FROM %s.events"
                      .formatted(ClickHouseClients.quoted(database)))
              .getFirst()
              .getLong("n");
    }

    private void letter(DeadLetterCount.Entry letter) {
      Origin record = letter.record();
      if (record != null
          && records.partition(record.topicId(), record.partition()).has(record.offset())) {
        var _ = mark(letters, new Place(record.topicId(), record.partition()), record.offset());
      } else {
        astray++;
      }
    }

    private void twice(Place place, long offset) {
      if (records.partition(place.topicId, place.partition).isReadAgain(offset)) {
        readAgain++;
      } else {
        duplicated++;
      }
    }

    private static boolean mark(Map<Place, BitSet> marks, Place place, long offset) {
      BitSet offsets = marks.computeIfAbsent(place, p -> new BitSet());
      boolean isNew = !offsets.get(Math.toIntExact(offset));
      offsets.set(Math.toIntExact(offset));
      return isNew;
    }

    private static long total(Map<Place, BitSet> marks) {
      return marks.values().stream().mapToLong(BitSet::cardinality).sum();
    }
  }
}
