package io.penstock.core.kafka;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What the routers' group has committed for one partition, with what the offset's metadata says
 * besides Kafka Streams' own text: the topic's id, since an offset means nothing in a topic that
 * was created anew under the same name, and the end of a block whose inserts may have begun.
 *
 * <p>The metadata is a contract between releases (docs/delivery.md): {@code streams|1:topicId},
 * {@code streams|1:topicId:blockEnd} or {@code streams|1:topicId:past}; {@code :letters=2} may
 * follow. Version 0, written by the release before, is {@code streams} or {@code streams|blockEnd}.
 * Streams' text is Base64, so a bar is never part of it.
 *
 * @param offset below which everything is durable
 * @param streams what Kafka Streams wrote and expects back
 * @param version of the block's tokens and cut
 * @param topicId the topic that the offset belongs to; null if that is not said: version 0, or an
 *     offset that was set by hand
 * @param letters the partition of the dead-letter topic that this partition's letters go to; null:
 *     the one that goes by its number
 */
public record CommittedOffset(
    long offset,
    String streams,
    int version,
    @Nullable Uuid topicId,
    State state,
    @Nullable Integer letters) {
  /** The version that this release writes. */
  public static final int VERSION = 1;

  private static final String PAST = "past";
  private static final String LETTERS = "letters=";

  /** What is known of the records from the offset on. */
  public sealed interface State {
    /** None of their rows has been inserted. */
    record Settled() implements State {}

    /** A block is open up to this offset: its rows may have been inserted in part. */
    record BlockOpen(long end) implements State {}

    /** A router found the offset past the log's end: somebody must set it anew. */
    record PastEnd() implements State {}

    /** A later release wrote this, and means what this one does not know. */
    record Later() implements State {}
  }

  /** One below which all is durable, as this release writes it. */
  public static CommittedOffset settled(
      long offset, String streams, Uuid topicId, @Nullable Integer letters) {
    return new CommittedOffset(offset, streams, VERSION, topicId, new State.Settled(), letters);
  }

  /** Reads a committed offset; metadata that another program wrote counts as absent. */
  public static CommittedOffset parse(OffsetAndMetadata committed) {
    String text = committed.metadata();
    long offset = committed.offset();
    int bar = text.lastIndexOf('|');
    if (bar < 0) {
      return new CommittedOffset(offset, text, 0, null, new State.Settled(), null);
    }
    String streams = text.substring(0, bar);
    String[] parts = text.substring(bar + 1).split(":", -1);
    try {
      int version = parts.length == 1 ? 0 : Integer.parseInt(parts[0]);
      if (version > VERSION) {
        return new CommittedOffset(offset, streams, version, null, new State.Later(), null);
      }
      if (version == 0) {
        State state = block(parts[parts.length - 1], offset);
        return new CommittedOffset(offset, streams, 0, null, state, null);
      }
      Uuid topicId = Uuid.fromString(parts[1]);
      State state = new State.Settled();
      Integer letters = null;
      for (String part : List.of(parts).subList(2, parts.length)) {
        if (part.startsWith(LETTERS)) {
          letters = Integer.parseUnsignedInt(part.substring(LETTERS.length()));
        } else {
          state = part.equals(PAST) ? new State.PastEnd() : block(part, offset);
        }
      }
      return new CommittedOffset(offset, streams, version, topicId, state, letters);
    } catch (IllegalArgumentException notOurs) {
      return new CommittedOffset(offset, "", 0, null, new State.Settled(), null);
    }
  }

  /** Reads a block's end; a block that ends where it starts, or before, counts as none. */
  private static State block(String text, long offset) {
    long end = Long.parseLong(text);
    return end > offset ? new State.BlockOpen(end) : new State.Settled();
  }

  /** Whether the offset may be used in the topic with this id. */
  public boolean belongsTo(Uuid id) {
    return topicId == null || topicId.equals(id);
  }

  /** Whether a block is open: its rows may have been inserted in part. */
  public boolean isBlockOpen() {
    return state instanceof State.BlockOpen;
  }

  /** Whether a router found the offset past the log's end, so that somebody must set it anew. */
  public boolean pastEnd() {
    return state instanceof State.PastEnd;
  }

  /** Whether this offset says how far the routers are in the topic with this id. */
  public boolean countsIn(Uuid id) {
    return belongsTo(id) && !pastEnd();
  }

  /**
   * Whether routers leave a partition alone until somebody has set its offset anew: events may be
   * unread below it, or a later release wrote it. Routers do go on after records that expired
   * unread, and at the end of an empty log, where nothing can be missed.
   *
   * @param id of the topic that has the name now
   * @param begin of the oldest record that is kept
   * @param end behind the newest
   */
  public boolean standsStill(Uuid id, long begin, long end) {
    if (state instanceof State.Later) {
      return true;
    }
    boolean isPast = offset > end ? begin < end : pastEnd();
    return belongsTo(id) && offset >= begin && isPast;
  }

  /** This offset as one that is not trusted, in the topic with this id. */
  public CommittedOffset asPastEnd(Uuid id) {
    return new CommittedOffset(offset, streams, VERSION, id, new State.PastEnd(), letters);
  }

  /**
   * What Kafka is given to keep.
   *
   * @throws IllegalStateException if a later release wrote this
   */
  public OffsetAndMetadata toKafka() {
    String told =
        switch (state) {
          case State.Settled() -> "";
          case State.BlockOpen(long end) -> ":" + end;
          case State.PastEnd() -> ":" + PAST;
          case State.Later() -> throw new IllegalStateException("of a later release: " + this);
        };
    String place = letters == null ? "" : ":" + LETTERS + letters;
    String ours =
        version == 0 ? told.replace(':', '|') : "|" + version + ":" + topicId + told + place;
    return new OffsetAndMetadata(offset, Optional.empty(), streams + ours);
  }
}
