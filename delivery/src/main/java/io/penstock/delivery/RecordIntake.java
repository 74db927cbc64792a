package io.penstock.delivery;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.intake.Contract;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.intake.Verdict;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import io.penstock.delivery.metrics.DeliveryMetrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one record after the other: its rows are added, or it becomes a dead letter. For one
 * thread.
 */
record RecordIntake(Arrivals arrivals, DeadLetterSender sender, DeliveryMetrics metrics) {
  private static final Logger log = LoggerFactory.getLogger(RecordIntake.class);
  private static final int BUG_ATTEMPTS = 3;

  /**
   * Judges a record and settles it; returns false if it has to wait, since nobody says whose it is.
   */
  boolean finish(PartitionAccount account, IncomingRecord record) {
    Arrival arrival = arrivals.of(account.source(), record);
    switch (take(account, account.contract(), record, arrival)) {
      case Verdict.Accepted<?> accepted -> {}
      case Verdict.Refused<?>(var failure) -> {
        sender.send(account, record, arrival, failure);
        account.tally().refused(record, failure);
      }
      case Verdict.Undecided<?>(var detail) -> {
        log.atDebug().addKeyValue("partition", account.partition()).log(detail);
        return false;
      }
    }
    if (Arrival.isClaimed(record.headers()) && !arrival.isReplay()) {
      noteUnproven(account, record);
    }
    account.finished(record);
    return true;
  }

  private void noteUnproven(PartitionAccount account, IncomingRecord record) {
    if (metrics.replayUnproven()) {
      log.atWarn()
          .addKeyValue("partition", account.partition())
          .addKeyValue("offset", record.offset())
          .log(
              "A record says that it is a replay and has no signature that fits: a producer's claim, or dlq has another"
                  + " penstock.replay.secret (./penstock doctor compares them). It is judged as a new event; further ones are only"
                  + " counted, in penstock_replays_unproven_total");
    }
  }

  /**
   * Judges a record and adds its rows. A bug that shows again and again with the same record makes
   * it a dead letter: to end the thread would stop its partition for good.
   */
  private <E> Verdict<E> take(
      PartitionAccount account, Contract<E> contract, IncomingRecord record, Arrival arrival) {
    for (int attempt = 1; ; attempt++) {
      try {
        Verdict<E> verdict = contract.judge(record, arrival);
        if (verdict instanceof Verdict.Accepted<E> accepted) {
          ClientMetadata client = accepted.client();
          if (!account.quotas().allows(client, record.timestampMillis())) {
            return overQuota(client);
          }
          account.add(contract, accepted, record, arrival);
          account.quotas().accepted(client, record.timestampMillis());
        }
        return verdict;
      } catch (RuntimeException | StackOverflowError bug) {
        log.atError()
            .setCause(bug)
            .addKeyValue("partition", account.partition())
            .addKeyValue("offset", record.offset())
            .addKeyValue("attempt", attempt)
            .log("A record could not be processed: a bug of the router");
        if (attempt == BUG_ATTEMPTS) {
          return new Verdict.Refused<>(Failure.ofBug(bug, attempt));
        }
      }
    }
  }

  private static <E> Verdict<E> overQuota(ClientMetadata client) {
    String detail =
        "the client's limit of %d events a minute is used up"
            .formatted(client.maxEventsPerMinute());
    return new Verdict.Refused<>(
        Failure.of(new Refusal(Reason.QUOTA_EXCEEDED, "", detail), client.clientId()));
  }
}
