package io.penstock.delivery;

import io.penstock.core.intake.IncomingRecord;
import io.penstock.delivery.block.Receipt;
import io.penstock.delivery.block.TableReceipt;
import io.penstock.delivery.block.TableRows;
import io.penstock.delivery.block.Unstored;
import io.penstock.delivery.insert.BlockWriter;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only place that commits offsets: intent, inserts, letters, the ledger's entry, end, in this
 * order (docs/delivery.md). Used by one stream thread.
 */
record Committer(
    BlockWriter writer,
    Outgoing outgoing,
    DeadLetterSender sender,
    Ledger ledger,
    Arrivals arrivals,
    OriginalRecords originals,
    DeliveryMetrics metrics) {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);

  /**
   * One partition's block and the commit that ends it.
   *
   * @param receipt what has become of the block so far
   */
  private record Cut(PartitionAccount account, OffsetAndMetadata end, Receipt receipt) {}

  /**
   * Stores what lies below the safe end of each partition, then commits that. Returns without a
   * commit where a ClickHouse target does not answer. All dead letters of these partitions must
   * have arrived.
   *
   * @param asked up to where at most, and with which metadata of Streams
   */
  void commit(Consumer<byte[], byte[]> consumer, Map<PartitionAccount, OffsetAndMetadata> asked) {
    // An announced block comes first, alone, with the end that was recorded for it; then the rest.
    List<Cut> cuts = cuts(asked);
    while (!cuts.isEmpty() && commitBlocks(consumer, cuts)) {
      cuts = cuts(asked);
    }
  }

  private static List<Cut> cuts(Map<PartitionAccount, OffsetAndMetadata> asked) {
    List<Cut> cuts = new ArrayList<>();
    asked.forEach((account, want) -> {
      Receipt soFar = account.open(want.offset());
      if (soFar != null) {
        long end = soFar.block().end();
        // Streams' metadata belongs to the offset that it asked for; below that it stays.
        cuts.add(
            new Cut(
                account,
                want.offset() == end
                    ? want
                    : new OffsetAndMetadata(end, Optional.empty(), account.streamsMetadata()),
                soFar));
      }
    });
    return cuts;
  }

  /** Returns false if a target does not answer. */
  private boolean commitBlocks(Consumer<byte[], byte[]> consumer, List<Cut> cuts) {
    if (writer.isWaiting()) {
      metrics.commitHeld();
      return false;
    }
    Map<TopicPartition, OffsetAndMetadata> intents = new HashMap<>();
    Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
    for (Cut cut : cuts) {
      PartitionAccount account = cut.account();
      if (!cut.receipt().tables().isEmpty()) {
        intents.put(account.partition(), account.announcement(cut.receipt().block()));
      }
      ends.put(account.partition(), account.settlement(cut.end()));
    }
    List<Cut> written = cuts;
    if (!intents.isEmpty()) {
      // Written anew for every attempt: the group coordinator refuses it to a member that has been
      // replaced, so whoever is about to insert is the partition's owner now.
      consumer.commitSync(intents);
      written = write(cuts);
      if (!written.stream().allMatch(cut -> cut.receipt().isComplete())) {
        metrics.commitHeld();
        return false;
      }
    }
    complete(written);
    consumer.commitSync(ends);
    written.forEach(this::close);
    return true;
  }

  /**
   * Has blocks written, and each receipt kept in its account before anything else; returns the cuts
   * with the new receipts.
   */
  private List<Cut> write(List<Cut> cuts) {
    Iterator<Receipt> receipts = writer.write(cuts.stream().map(Cut::receipt).toList()).iterator();
    List<Cut> written =
        cuts.stream()
            .map(cut -> new Cut(cut.account(), cut.end(), cut.account().record(receipts.next())))
            .toList();
    List<Throwable> bugs =
        written.stream()
            .flatMap(cut -> cut.receipt().tables().stream())
            .map(TableReceipt::bug)
            .filter(Objects::nonNull)
            .collect(Collectors.toCollection(ArrayList::new));
    if (!bugs.isEmpty()) {
      IllegalStateException failed = new IllegalStateException(bugs.removeFirst());
      bugs.forEach(failed::addSuppressed);
      throw failed;
    }
    return written;
  }

  private void close(Cut cut) {
    metrics.completed(cut.receipt());
    cut.account().close(cut.end().offset(), cut.end().metadata());
  }

  /**
   * Stores what is gathered of a topic that is gone, and commits nothing: there is no next owner
   * whom an intent would warn, and the group may refuse commits while it rebalances. What stays
   * undone stays not durable in the account.
   */
  void storeGathered(PartitionAccount account) {
    Cut cut = gathered(account);
    while (!cut.receipt().tables().isEmpty() && !writer.isWaiting()) {
      cut = write(List.of(cut)).getFirst();
      if (!cut.receipt().isComplete()) {
        return;
      }
      complete(List.of(cut));
      close(cut);
      cut = gathered(account);
    }
  }

  /** What is not durable of a topic that is gone is lost: the ledger says so. */
  void lostWithTopic(PartitionAccount account) {
    try {
      ledger.lostWithTopic(account);
    } catch (KafkaException failed) {
      log.atError()
          .setCause(failed)
          .addKeyValue("partition", account.partition())
          .log("The ledger lacks an entry for what was lost with its topic");
    }
  }

  private static Cut gathered(PartitionAccount account) {
    Receipt receipt = account.openGathered();
    return new Cut(account, new OffsetAndMetadata(receipt.block().end()), receipt);
  }

  /** One for each record that has rows which are not stored, by their offsets. */
  private static SortedMap<Long, UnstoredRecord> unstored(Receipt receipt) {
    SortedMap<Long, UnstoredRecord> records = new TreeMap<>();
    for (TableReceipt table : receipt.tables()) {
      for (Unstored row : table.unstored()) {
        records.putIfAbsent(
            table.block().rows().offset(row.row()), new UnstoredRecord(table.block(), row));
      }
    }
    return records;
  }

  /** Sends the letters of what is not stored, waits for them, and writes blocks into the ledger. */
  private void complete(List<Cut> cuts) {
    List<SortedMap<Long, UnstoredRecord>> unstored = new ArrayList<>();
    for (Cut cut : cuts) {
      SortedMap<Long, UnstoredRecord> records = unstored(cut.receipt());
      unstored.add(records);
      if (!records.isEmpty()) {
        originals.read(
            cut.account().partition(),
            cut.account().topicId(),
            List.copyOf(records.keySet()),
            new Sending(cut.account(), records));
      }
    }
    sender.flush();
    for (int i = 0; i < cuts.size(); i++) {
      ledger.write(cuts.get(i).account(), cuts.get(i).receipt(), unstored.get(i));
    }
    outgoing.flush();
  }

  /** Sends the letters as their records are read again. */
  private final class Sending implements OriginalRecords.Reader {
    private final PartitionAccount account;
    private final SortedMap<Long, UnstoredRecord> unstored;

    Sending(PartitionAccount account, SortedMap<Long, UnstoredRecord> unstored) {
      this.account = account;
      this.unstored = unstored;
    }

    private UnstoredRecord unstored(long offset) {
      UnstoredRecord record = unstored.get(offset);
      if (record == null) {
        throw new IllegalStateException("nobody asked for the record at offset " + offset);
      }
      return record;
    }

    @Override
    public void found(ConsumerRecord<byte[], byte[]> original) {
      IncomingRecord record =
          new IncomingRecord(
              original.offset(),
              original.timestamp(),
              original.key(),
              original.value(),
              original.headers());
      sender.send(
          account,
          record,
          arrivals.of(account.source(), record),
          unstored(record.offset()).failure());
    }

    @Override
    public void gone(long offset) {
      UnstoredRecord record = unstored(offset);
      log.atWarn()
          .addKeyValue("partition", account.partition())
          .addKeyValue("offset", offset)
          .log("Kafka has deleted a record that ClickHouse refused; its letter is made of its row");
      TableRows rows = record.block().rows();
      sender.sendRebuilt(
          account,
          account
              .contract()
              .rebuild(offset, rows.table(), rows.bytesOf(record.row().row()), record.clientId()),
          record.failure());
    }
  }
}
