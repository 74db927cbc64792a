package io.penstock.provisioning.account;

import java.util.List;

/**
 * The dead letters that the ledger counts, and what the dead-letter topic says of them. They are
 * all outstanding, replayed, discarded, forgotten or missing.
 *
 * @param counted by the ledger
 * @param outstanding they wait in their topic
 * @param replayed their events came again, and have entries of their own for that
 * @param discarded somebody has said that nobody wants them
 * @param forgotten older than what the topic remembers of letters that were settled
 * @param missing neither outstanding nor settled by one of the commands
 * @param ranges where those are
 */
public record Letters(
    long counted,
    long outstanding,
    long replayed,
    long discarded,
    long forgotten,
    long missing,
    List<Gap> ranges) {}
