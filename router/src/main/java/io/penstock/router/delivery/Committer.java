package io.penstock.router.delivery;

import io.penstock.core.clickhouse.DecodedRow;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.refusal.Reason;
import io.penstock.router.metrics.RouterMetrics;
import io.penstock.router.sink.BlockWriter;
import io.penstock.router.sink.Outages;
import io.penstock.router.sink.TableBlock;
import io.penstock.router.sink.TableBlock.RejectedRow;
import io.penstock.router.sink.TableRows;
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
  private final RouterMetrics metrics;
  private final Clock clock;

  Committer(
      BlockWriter writer,
      DeadLetterSender sender,
      OriginalRecords originals,
      Outages outages,
      RouterMetrics metrics,
      Clock clock) {
    this.writer = writer;
    this.sender = sender;
    this.originals = originals;
    this.outages = outages;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** One partition's block and the commit that ends it. */
  private record Cut(Ledger ledger, OffsetAndMetadata end, List<TableBlock> tables) {}

  /**
   * Stores what lies below the safe end of each partition, then commits that. Returns without a
   * commit where a ClickHouse target does not answer. All dead letters of these partitions must
   * have arrived.
   *
   * @param asked up to where at most, and with which metadata of Streams
   */
  void commit(Consumer<byte[], byte[]> consumer, Map<Ledger, OffsetAndMetadata> asked) {
    // A replayed block comes first, alone, with the end that was recorded for it; then the rest.
    List<Cut> cuts = cuts(asked);
    while (!cuts.isEmpty() && commitBlocks(consumer, cuts)) {
      cuts = cuts(asked);
    }
  }

  private static List<Cut> cuts(Map<Ledger, OffsetAndMetadata> asked) {
    List<Cut> cuts = new ArrayList<>();
    asked.forEach((ledger, want) -> {
      Cut cut = cut(ledger, want);
      if (cut != null) {
        cuts.add(cut);
      }
    });
    return cuts;
  }

  private static @Nullable Cut cut(Ledger ledger, OffsetAndMetadata want) {
    long end = ledger.blockEnd(want.offset());
    if (end == CommittedOffset.NO_BLOCK) {
      return null;
    }
    // Streams' metadata belongs to the offset that it asked for; below that it stays as it was.
    OffsetAndMetadata commit =
        want.offset() == end
            ? want
            : new OffsetAndMetadata(end, Optional.empty(), ledger.streamsMetadata());
    return new Cut(ledger, commit, ledger.open(end));
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
      TopicPartition partition = cut.ledger().partition();
      ends.put(partition, cut.ledger().settlement(cut.end()));
      blocks.addAll(cut.tables());
      if (!cut.tables().isEmpty()) {
        intents.put(partition, cut.ledger().announcement());
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
      cuts.forEach(cut -> sendRejected(cut.ledger(), cut.tables()));
      sender.flush();
    }
    consumer.commitSync(ends);
    for (Cut cut : cuts) {
      count(cut.tables());
      cut.ledger().close(cut.end());
    }
    return true;
  }

  /**
   * Stores what is gathered of a topic that is gone, and commits nothing: there is no next owner
   * whom an intent would warn, and the group may refuse commits while it rebalances. What stays
   * undone stays not durable in the ledger.
   */
  void storeGathered(Ledger ledger) {
    List<TableBlock> blocks = ledger.openGathered();
    while (!blocks.isEmpty()
        && !outages.isWaiting()
        && writer.write(blocks) instanceof BlockWriter.Result.Settled) {
      sendRejected(ledger, blocks);
      sender.flush();
      count(blocks);
      ledger.close(new OffsetAndMetadata(ledger.openEnd()));
      blocks = ledger.openGathered();
    }
  }

  private void sendRejected(Ledger ledger, List<TableBlock> blocks) {
    for (TableBlock block : blocks) {
      if (!block.rejected().isEmpty()) {
        List<Long> offsets = block.rejected().stream().map(RejectedRow::offset).toList();
        originals.read(block.partition(), ledger.topicId(), offsets, new Rejected(ledger, block));
      }
    }
  }

  /** Sends the dead letters of a block's rejected rows, in their order. */
  private final class Rejected implements OriginalRecords.Reader {
    private final Ledger ledger;
    private final TableBlock block;
    private final Iterator<RejectedRow> rows;

    Rejected(Ledger ledger, TableBlock block) {
      this.ledger = ledger;
      this.block = block;
      this.rows = block.rejected().iterator();
    }

    @Override
    public void found(ConsumerRecord<byte[], byte[]> record) {
      IncomingRecord incoming =
          new IncomingRecord(
              record.offset(), record.timestamp(), record.key(), record.value(), record.headers());
      sender.send(ledger, incoming, why(rows.next()));
    }

    @Override
    public void gone(long offset) {
      RejectedRow row = rows.next();
      log.atWarn()
          .addKeyValue("partition", ledger.partition())
          .addKeyValue("offset", offset)
          .log("Kafka has deleted a record that ClickHouse refused; its letter is made of its row");
      DecodedRow decoded = DecodedRow.of(block.rows().rowAt(offset));
      sender.sendRebuilt(ledger, offset, decoded, block.client().clientId(), why(row));
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
