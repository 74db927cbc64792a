package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.penstock.core.client.Sha256;
import io.penstock.core.ledger.LedgerEntry;
import io.penstock.core.observe.Version;
import io.penstock.core.rows.Source;
import io.penstock.delivery.block.Receipt;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.block.TableReceipt;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes an entry for each block into the ledger's topic, before the block's end is committed
 * (docs/adr/0024). A block that is repeated has the same key. Used by one stream thread.
 */
final class Ledger {
  private final Outgoing outgoing;
  private final DeadLetterSender letters;
  private final @Nullable String topic;
  private final String router;
  private final Clock clock;

  /**
   * @param letters knows which were given up
   * @param topic null: no ledger is kept
   * @param router who writes, by name
   */
  Ledger(
      Outgoing outgoing,
      DeadLetterSender letters,
      @Nullable String topic,
      String router,
      Clock clock) {
    this.outgoing = outgoing;
    this.letters = letters;
    this.topic = topic;
    this.router = router;
    this.clock = clock;
  }

  /**
   * Sends the entry of a block all of whose rows are settled and all of whose letters have arrived;
   * {@link Outgoing#flush} tells whether the entry has.
   *
   * @param unstored the letters of records with rows that are not stored, by the records' offsets
   */
  void write(PartitionAccount account, Receipt receipt, SortedMap<Long, UnstoredRecord> unstored) {
    if (topic == null) {
      return;
    }
    long start = receipt.block().start();
    long end = receipt.block().end();
    Tally.Counts counts = account.tally().below(end);
    LedgerLines lines = new LedgerLines(counts.hours());
    account.tally().refusedBelow(end, lines::letter);
    unstored.forEach((offset, record) -> lines.letter(offset, record.clientId(), record.reason()));
    receipt.tables().forEach(lines::rows);
    long discarded = letters.takeDiscarded(account.source(), start, end);
    long deadLetters = counts.refused() + unstored.size() - discarded;
    send(
        account.source(),
        new LedgerEntry(
            account.partition().topic(),
            account.topicId(),
            account.partition().partition(),
            start,
            end,
            time(counts.firstMillis()),
            time(counts.lastMillis()),
            counts.records() - counts.refused() - unstored.size(),
            deadLetters,
            end - start - counts.records() - counts.expired(),
            new LedgerEntry.Lost(counts.expired(), 0, discarded),
            lines.rows(),
            lines.letters(),
            tokens(receipt),
            router,
            Version.CURRENT,
            clock.instant()));
  }

  /**
   * Sends an entry for offsets whose topic was deleted before they were stored; waits for it, as
   * far as that can be.
   */
  void lostWithTopic(PartitionAccount account) {
    long start = account.start();
    long end = account.position();
    if (topic == null || end <= start) {
      return;
    }
    Tally.Counts counts = account.tally().below(end);
    send(
        account.source(),
        new LedgerEntry(
            account.partition().topic(),
            account.topicId(),
            account.partition().partition(),
            start,
            end,
            time(counts.firstMillis()),
            time(counts.lastMillis()),
            0,
            0,
            0,
            new LedgerEntry.Lost(0, end - start, 0),
            List.of(),
            List.of(),
            "",
            router,
            Version.CURRENT,
            clock.instant()));
    outgoing.flush();
  }

  /** Entries of a partition lie in one partition of the ledger, so that they stay in order. */
  private void send(Source source, LedgerEntry entry) {
    int partitions = outgoing.partitions(topic());
    outgoing.send(
        new ProducerRecord<>(
            topic(),
            partitions == 0 ? null : source.partition().partition() % partitions,
            entry.key(),
            entry.toJson()),
        (refused, why) -> outgoing.failed(why));
  }

  private String topic() {
    return Objects.requireNonNull(topic);
  }

  private static @Nullable Instant time(long millis) {
    return millis < 0 ? null : Instant.ofEpochMilli(millis);
  }

  /** A digest of the tokens that the block's rows have as whole chunks. */
  private static String tokens(Receipt receipt) {
    if (receipt.tables().isEmpty()) {
      return "";
    }
    MessageDigest digest = Sha256.digest();
    for (TableReceipt table : receipt.tables()) {
      TableBlock block = table.block();
      for (int from = 0; from < block.count(); ) {
        int to = block.endOfChunk(from);
        digest.update(block.token(from, to).getBytes(US_ASCII));
        from = to;
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
