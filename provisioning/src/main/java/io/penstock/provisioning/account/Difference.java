package io.penstock.provisioning.account;

import org.jspecify.annotations.Nullable;

/**
 * Rows of one client that do not stand in its table as the ledger says.
 *
 * @param client whose table it is
 * @param topicId of the topic that had the name
 * @param partition of that topic
 * @param from the first offset of the block that they are of
 * @param to behind its last
 * @param offset of the one row that it is; null: several, or it cannot be told
 * @param rows how many
 * @param kind see {@link Kind}
 * @param what in a sentence
 */
public record Difference(
    String client,
    String topicId,
    int partition,
    long from,
    long to,
    @Nullable Long offset,
    long rows,
    Kind kind,
    String what) {
  /** The same of another kind. */
  Difference as(Kind other, String why) {
    return new Difference(client, topicId, partition, from, to, offset, rows, other, why);
  }

  /** What is the matter. */
  public enum Kind {
    /** The ledger has it, the table does not. */
    MISSING,
    /** The table has it, the ledger does not. */
    TOO_MANY,
    /** The table has it twice. */
    TWICE,
    /** It stands in another client's table. */
    ASTRAY,
    /** A later row of the same event has taken its place, as the table is made to do. */
    REPLACED,
    /** Its client's retention was over, as its record tells. */
    EXPIRED,
    /**
     * The ledger counts it as lost with its topic, which was deleted before a router had committed
     * it, and it is there.
     */
    SAVED,
    /**
     * It is not there, and Kafka has no record any more to tell whether its own time was over, by
     * which its client keeps events.
     */
    UNTOLD;

    /** Whether all is as it should be. */
    public boolean isExplained() {
      return this == REPLACED || this == EXPIRED || this == SAVED;
    }
  }
}
