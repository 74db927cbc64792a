package io.penstock.bench;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * What was sent, and where to: written from Kafka's acknowledgements, so that it also knows of a
 * record that Kafka itself has lost. Thread-safe.
 */
final class SoakRecords {
  /** The records of one partition of one topic, of each of its offsets the client; -1: none. */
  static final class Partition {
    private static final short NONE = -1;

    private short[] clients = new short[0];
    private int sent;
    private final BitSet readAgain = new BitSet();

    private void add(int offset, int client) {
      if (offset >= clients.length) {
        int old = clients.length;
        clients = Arrays.copyOf(clients, Math.max(1_024, offset + offset / 2 + 1));
        Arrays.fill(clients, old, clients.length, NONE);
      }
      clients[offset] = (short) client;
      sent++;
    }

    /** Whether a record was acknowledged at the offset. */
    boolean has(long offset) {
      return offset >= 0 && offset < clients.length && clients[(int) offset] != NONE;
    }

    /** Whether that record is of the client. */
    boolean isOf(long offset, int client) {
      return has(offset) && clients[(int) offset] == client;
    }

    /** Whether routers were sent back to before it, so that its row may be there twice. */
    boolean isReadAgain(long offset) {
      return readAgain.get((int) offset);
    }
  }

  private final Map<Uuid, Map<Integer, Partition>> topics = new LinkedHashMap<>();
  private Map<Integer, Partition> current;

  SoakRecords(Uuid topicId) {
    current = begin(topicId);
  }

  /** From now on records go to another topic of the same name. */
  synchronized void newTopic(Uuid topicId) {
    current = begin(topicId);
  }

  private Map<Integer, Partition> begin(Uuid topicId) {
    return topics.computeIfAbsent(topicId, id -> new HashMap<>());
  }

  /** Kafka has acknowledged a record. */
  synchronized void acknowledged(int partition, long offset, int client) {
    current.computeIfAbsent(partition, p -> new Partition()).add(Math.toIntExact(offset), client);
  }

  /** The routers were sent back to {@code from}, having read up to {@code to}. */
  synchronized void readAgain(int partition, long from, long to) {
    Partition known = current.get(partition);
    if (known != null && from < to) {
      known.readAgain.set(Math.toIntExact(from), Math.toIntExact(to));
    }
  }

  /** What is known of one partition; one without records if none went there. */
  synchronized Partition partition(Uuid topicId, int partition) {
    return topics.getOrDefault(topicId, Map.of()).getOrDefault(partition, new Partition());
  }

  /** How many records were acknowledged, in all topics. */
  synchronized long sent() {
    return topics.values().stream()
        .flatMap(topic -> topic.values().stream())
        .mapToLong(partition -> partition.sent)
        .sum();
  }
}
