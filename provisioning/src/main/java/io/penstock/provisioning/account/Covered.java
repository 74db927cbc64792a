package io.penstock.provisioning.account;

import org.jspecify.annotations.Nullable;

/**
 * What the ledger says of one partition.
 *
 * @param topicId of the topic that had the name
 * @param from the first offset that it has an entry for
 * @param to behind the last one
 * @param stored records of which all rows are stored
 * @param deadLetters records that became dead letters
 * @param notDelivered offsets without a record: markers of transactions, records of aborted ones,
 *     what compaction took away
 * @param lostExpired deleted by Kafka before they were read
 * @param lostWithTopic deleted with their topic before they were stored
 * @param lostDiscarded too large for any dead letter
 * @param unaccounted offsets between {@code from} and {@code to}, and up to what the routers have
 *     committed, that no entry has
 * @param readAgain offsets that two entries have, since offsets were moved back
 * @param blocks how many entries
 */
public record Covered(
    String topicId,
    int partition,
    long from,
    long to,
    long stored,
    long deadLetters,
    long notDelivered,
    long lostExpired,
    long lostWithTopic,
    long lostDiscarded,
    long unaccounted,
    long readAgain,
    long blocks) {
  /** Names a partition of one of the topics that had the name. */
  static String key(String topicId, int partition) {
    return topicId + " " + partition;
  }

  String key() {
    return key(topicId, partition);
  }

  /** Whether an offset of this partition lies in it. */
  boolean has(long offset) {
    return from <= offset && offset < to;
  }

  /** A part of it; null if nothing is left. The numbers stay those of all of it. */
  @Nullable Covered part(long first, long end) {
    long begin = Math.max(from, first);
    return begin >= Math.min(to, end)
        ? null
        : new Covered(
            topicId,
            partition,
            begin,
            Math.min(to, end),
            stored,
            deadLetters,
            notDelivered,
            lostExpired,
            lostWithTopic,
            lostDiscarded,
            unaccounted,
            readAgain,
            blocks);
  }

  /** Offsets whose records are in no table and no dead letter. */
  public long lost() {
    return lostExpired + lostWithTopic + lostDiscarded;
  }

  /** The same with offsets behind the last entry that routers have committed all the same. */
  Covered withTail(long committed) {
    return new Covered(
        topicId,
        partition,
        from,
        to,
        stored,
        deadLetters,
        notDelivered,
        lostExpired,
        lostWithTopic,
        lostDiscarded,
        unaccounted + committed - to,
        readAgain,
        blocks);
  }
}
