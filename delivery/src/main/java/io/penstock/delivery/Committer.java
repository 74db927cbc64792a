package io.penstock.delivery;

import io.penstock.core.clickhouse.DecodedRow;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.refusal.Reason;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.block.TableBlock.RejectedRow;
import io.penstock.delivery.block.TableRows;
import io.penstock.delivery.insert.BlockWriter;
import io.penstock.delivery.insert.Outages;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only place that commits offsets: intent, inserts, end, in this order (docs/delivery.md). Used
 * by one stream thread.
 */
final class Committer {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);

  private final BlockWriter writer;
  private final DeadLetterSender sender;
  private final OriginalRecords originals;
  private final Outages outages;
  private final DeliveryMetrics metrics;
  private final Clock clock;

  Committer(
      BlockWriter writer,
      DeadLetterSender sender,
      OriginalRecords originals,
      Outages outages,
      DeliveryMetrics metrics,
      Clock clock) {
    this.writer = writer;
    this.sender = sender;
    this.originals = originals;
    this.outages = outages;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** One partition's block and the commit that ends it. */
  private record Cut(PartitionAccount account, OffsetAndMetadata end, List<TableBlock> tables) {}

  /**
   * Stores what lies below the safe end of each partition, then commits that. Returns without a
   * commit where a ClickHouse target does not answer. All dead letters of these partitions must
   * have arrived.
   *
   * @param asked up to where at most, and with which metadata of Streams
   */
  void commit(Consumer<byte[], byte[]> consumer, Map<PartitionAccount, OffsetAndMetadata> asked) {
    // A replayed block comes first, alone, with the end that was recorded for it; then the rest.
    List<Cut> cuts = cuts(asked);
    while (!cuts.isEmpty() && commitBlocks(consumer, cuts)) {
      cuts = cuts(asked);
    }
  }

  private static List<Cut> cuts(Map<PartitionAccount, OffsetAndMetadata> asked) {
    List<Cut> cuts = new ArrayList<>();
    asked.forEach((account, want) -> {
      Cut cut = cut(account, want);
      if (cut != null) {
        cuts.add(cut);
      }
    });
    return cuts;
  }

  private static @Nullable Cut cut(PartitionAccount account, OffsetAndMetadata want) {
    long end = account.blockEnd(want.offset());
    if (end == CommittedOffset.NO_BLOCK) {
      return null;
    }
    // Streams' metadata belongs to the offset that it asked for; below that it stays as it was.
    OffsetAndMetadata commit =
        want.offset() == end
            ? want
            : new OffsetAndMetadata(end, Optional.empty(), account.streamsMetadata());
    return new Cut(account, commit, account.open(end));
  }

  /** Returns false if a target does not answer. */
  private boolean commitBlocks(Consumer<byte[], byte[]> consumer, List<Cut> cuts) {
    if (outages.isWaiting()) {
      metrics.commitHeld();
      return false;
    }
    Map<TopicPartition, OffsetAndMetadata> intents = new HashMap<>();
    Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
    List<TableBlock> blocks = new ArrayList<>();
    for (Cut cut : cuts) {
      TopicPartition partition = cut.account().partition();
      ends.put(partition, cut.account().settlement(cut.end()));
      blocks.addAll(cut.tables());
      if (!cut.tables().isEmpty()) {
        intents.put(partition, cut.account().announcement());
      }
    }
    if (!blocks.isEmpty()) {
      // Written anew for every attempt: the group coordinator refuses it to a member that has been
      // replaced, so whoever is about to insert is the partition's owner now.
      consumer.commitSync(intents);
      if (writer.write(blocks) instanceof BlockWriter.Result.Waiting) {
        metrics.commitHeld();
        return false;
      }
      cuts.forEach(cut -> sendRejected(cut.account(), cut.tables()));
      sender.flush();
    }
    consumer.commitSync(ends);
    for (Cut cut : cuts) {
      count(cut.tables());
      cut.account().close(cut.end());
    }
    return true;
  }

  /**
   * Stores what is gathered of a topic that is gone, and commits nothing: there is no next owner
   * whom an intent would warn, and the group may refuse commits while it rebalances. What stays
   * undone stays not durable in the account.
   */
  void storeGathered(PartitionAccount account) {
    List<TableBlock> blocks = account.openGathered();
    while (!blocks.isEmpty()
        && !outages.isWaiting()
        && writer.write(blocks) instanceof BlockWriter.Result.Settled) {
      sendRejected(account, blocks);
      sender.flush();
      count(blocks);
      account.close(new OffsetAndMetadata(account.openEnd()));
      blocks = account.openGathered();
    }
  }

  private void sendRejected(PartitionAccount account, List<TableBlock> blocks) {
    for (TableBlock block : blocks) {
      if (!block.rejected().isEmpty()) {
        List<Long> offsets = block.rejected().stream().map(RejectedRow::offset).toList();
        originals.read(block.partition(), account.topicId(), offsets, new Rejected(account, block));
      }
    }
  }

  /** Sends the dead letters of a block's rejected rows, in their order. */
  private final class Rejected implements OriginalRecords.Reader {
    private final PartitionAccount account;
    private final TableBlock block;
    private final Iterator<RejectedRow> rows;

    Rejected(PartitionAccount account, TableBlock block) {
      this.account = account;
      this.block = block;
      this.rows = block.rejected().iterator();
    }

    @Override
    public void found(ConsumerRecord<byte[], byte[]> record) {
      IncomingRecord incoming =
          new IncomingRecord(
              record.offset(), record.timestamp(), record.key(), record.value(), record.headers());
      sender.send(account, incoming, why(rows.next()));
    }

    @Override
    public void gone(long offset) {
      RejectedRow row = rows.next();
      log.atWarn()
          .addKeyValue("partition", account.partition())
          .addKeyValue("offset", offset)
          .log("Kafka has deleted a record that ClickHouse refused; its letter is made of its row");
      DecodedRow decoded = DecodedRow.of(block.rows().rowAt(offset));
      sender.sendRebuilt(account, offset, decoded, block.client().clientId(), why(row));
    }

    private Failure why(RejectedRow row) {
      return Failure.ofInsert(
          row.parked() ? Reason.CLIENT_UNAVAILABLE : Reason.ROW_REJECTED,
          block.client().clientId(),
          row.column(),
          row.detail(),
          row.code());
    }
  }

  private void count(List<TableBlock> blocks) {
    long now = clock.millis();
    for (TableBlock block : blocks) {
      int stored = block.count() - block.rejected().size();
      if (stored > 0) {
        metrics.stored(stored);
        long first = block.rows().oldestMillis(false);
        if (first != TableRows.NONE) {
          metrics.fresh(age(first, now));
        }
        long replayed = block.rows().oldestMillis(true);
        if (replayed != TableRows.NONE) {
          metrics.replayed(age(replayed, now));
        }
      }
    }
  }

  private static Duration age(long appendedMillis, long now) {
    return Duration.ofMillis(Math.max(0, now - appendedMillis));
  }
}
