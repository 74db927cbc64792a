package io.penstock.dlq.trace;

import io.penstock.core.event.Origin;
import io.penstock.dlq.letter.LetterText;
import org.jspecify.annotations.Nullable;

/**
 * What became of an event, in a word and in a sentence. What is found decides; that something was
 * not found decides only where everybody answered.
 *
 * @param name one of those that {@link Trace} lists
 */
record Verdict(String name, String sentence) {
  static final String NEVER_SEEN = "never-seen";

  /** Weighs the evidence. */
  static Verdict of(Evidence found) {
    Verdict positive = positive(found);
    if (positive != null) {
      return positive;
    }
    if (!found.unanswered.isEmpty()) {
      return new Verdict(
          "not-known",
          "Not known: nothing was found of it, and not all could be asked. %s"
              .formatted(found.unanswered.getFirst()));
    }
    return negative(found);
  }

  /** What is found by itself, whoever else did not answer. */
  private static @Nullable Verdict positive(Evidence found) {
    Evidence.Letter letter = found.letter;
    Evidence.Replay replay = found.replay;
    Evidence.Block block = found.block;
    if (!found.rows.isEmpty()) {
      Evidence.Row row = found.rows.getFirst();
      return new Verdict(
          "stored",
          "Stored: a row of client %s in %s.events_base, from record %s, since %s%s."
              .formatted(
                  row.client(),
                  row.database(),
                  row.source(),
                  row.ingestedAt(),
                  letter == null ? "" : "; its dead letter " + letter.name() + " is there, too"));
    }
    if (letter != null) {
      return new Verdict(
          "dead-letter",
          "Dead letter: %s, because of %s, since %s."
              .formatted(letter.name(), LetterText.line(letter.reason()), letter.failedAt()));
    }
    if (replay != null && found.isUnread(replay.place())) {
      return inFlight(found, "It was replayed as " + replay.place(), replay.place());
    }
    if (found.place == Evidence.Place.AHEAD_OF_THE_LOG) {
      return new Verdict(
          NEVER_SEEN, "Never seen: %s has no such offset yet.".formatted(found.record));
    }
    if (found.unread != null) {
      return inFlight(found, "It stands at " + found.unread, found.unread);
    }
    if (found.place == Evidence.Place.NO_RECORD
        || (block != null && block.isAll(block.notDelivered()))) {
      return new Verdict(
          "no-record",
          "No record: %s is a transaction's marker, of an aborted transaction, or was compacted away."
              .formatted(found.record));
    }
    if (found.record != null && found.isUnread(found.record)) {
      return found.place == Evidence.Place.BEHIND_THE_LOG
          ? new Verdict(
              "lost", "Lost: %s expired before a router had read it.".formatted(found.record))
          : inFlight(found, "It stands at " + found.record, found.record);
    }
    if (block != null && block.isAll(block.lost())) {
      return new Verdict(
          "lost",
          "Lost: all of the block %,d to %,d is neither stored nor a dead letter; the ledger's columns lost_* say why."
              .formatted(block.start(), block.end() - 1));
    }
    return null;
  }

  private static Verdict inFlight(Evidence found, String where, Origin place) {
    return new Verdict(
        "in-flight",
        "In flight: %s; the routers are at %,d in partition %d."
            .formatted(where, found.committedAt(place), place.partition()));
  }

  /** Everybody answered, and it is nowhere now. */
  private static Verdict negative(Evidence found) {
    AuditTrail.Entry dropped = found.dropped;
    AuditTrail.Entry discard = found.discard;
    if (discard != null) {
      return new Verdict(
          "discarded",
          "Discarded by %s on %s, because: %s."
              .formatted(discard.actor(), discard.at(), discard.because()));
    }
    boolean wasThere = found.record != null || found.settledAt != null;
    if (dropped != null && wasThere && (found.block == null || found.block.stored() > 0)) {
      return new Verdict(
          "deleted",
          "Deleted with its client %s by %s on %s."
              .formatted(found.client, dropped.actor(), dropped.at()));
    }
    if (found.settledAt != null) {
      return new Verdict(
          "gone",
          "Gone: its dead letter was settled on %s, and no row is there; the evidence has who may have done it."
              .formatted(found.settledAt));
    }
    if (found.record == null) {
      return new Verdict(
          NEVER_SEEN,
          "Never seen: no row, dead letter or unread record has this id. (One past its retention, or discarded and compacted away, leaves nothing to find an id by.)");
    }
    return new Verdict(
        "gone",
        "Gone: the routers are done with %s, and neither a row nor a dead letter of it is there now: deleted past its retention, or discarded and compacted away%s."
            .formatted(
                found.record,
                found.block == null
                    ? "; the ledger has no entry of it"
                    : "; its block had %,d stored, %,d dead letters"
                        .formatted(found.block.stored(), found.block.deadLetters())));
  }
}
