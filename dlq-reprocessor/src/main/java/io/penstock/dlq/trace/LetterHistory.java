package io.penstock.dlq.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.event.Origin;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Picks what the dead-letter topic still has of one event out of all its records: letters that are
 * outstanding, earlier ones and tombstones, until compaction takes them away. A letter is the
 * event's if its origin or the record that failed is, or if its payload has the event's id. Not
 * thread-safe.
 */
final class LetterHistory implements Consumer<ConsumerRecord<byte[], byte[]>> {
  private final Set<Origin> places;
  private final Set<UUID> ids;
  private final Set<String> keys = new TreeSet<>();
  private final @Nullable Pattern id;
  private final Map<String, Settled> last = new LinkedHashMap<>();
  private final Consumer<Settled> each;

  /**
   * One record of the event.
   *
   * @param key of the letter; {@code @partition-offset} where it has none
   * @param letter null: this is the tombstone that settles it
   */
  record Settled(String key, @Nullable DeadLetter letter, ConsumerRecord<byte[], byte[]> record) {}

  /**
   * @param each told of each record, in the order of partition and offset
   */
  LetterHistory(Collection<Origin> places, Collection<UUID> ids, Consumer<Settled> each) {
    this.places = Set.copyOf(places);
    this.ids = Set.copyOf(ids);
    this.each = each;
    this.id =
        ids.isEmpty()
            ? null
            : Pattern.compile(
                ids.stream()
                    .map(UUID::toString)
                    .collect(Collectors.joining("|", "\"event_id\"\\s*:\\s*\"(?:", ")\"")),
                Pattern.CASE_INSENSITIVE);
    for (Origin place : places) {
      keys.add(place.key());
    }
  }

  @Override
  public void accept(ConsumerRecord<byte[], byte[]> record) {
    byte[] bytes = record.key();
    DeadLetter letter = DeadLetter.of(record);
    String key =
        bytes == null
            ? "@" + record.partition() + "-" + record.offset()
            : new String(bytes, ISO_8859_1);
    if (letter == null ? !keys.contains(key) : !isOfEvent(key, letter)) {
      return;
    }
    keys.add(key);
    Settled found = new Settled(key, letter, record);
    last.put(key, found);
    each.accept(found);
  }

  private boolean isOfEvent(String key, DeadLetter letter) {
    Arrival lineage = letter.lineage();
    Origin origin = lineage == null ? null : lineage.origin();
    return keys.contains(key)
        || (origin != null && (places.contains(origin) || ids.contains(origin.eventId())))
        || places.contains(Objects.requireNonNullElse(letter.record(), origin))
        || (id != null && id.matcher(new String(letter.value(), ISO_8859_1)).find());
  }

  /** The keys of the event's letters, those of its places included. */
  Set<String> keys() {
    return keys;
  }

  /** The last record of each key. */
  Collection<Settled> last() {
    return last.values();
  }
}
