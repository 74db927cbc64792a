package io.penstock.dlq.trace;

import io.penstock.core.client.ClientRules;
import io.penstock.core.client.KeyMask;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.event.Origin;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.TargetTable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What ClickHouse has of an event: the ledger's entry of its block, and its rows. Targets that do
 * not answer are noted, and the others are asked. Not thread-safe.
 */
final class WarehouseTrail {
  private final Tracer.Config config;
  private final Evidence found;
  private final Consumer<String> notice;

  /**
   * @param notice told what takes long
   */
  WarehouseTrail(Tracer.Config config, Evidence found, Consumer<String> notice) {
    this.config = config;
    this.found = found;
    this.notice = notice;
  }

  /** The entry whose block has this record, if there is a record to ask for. */
  void askLedger(@Nullable Origin place) {
    if (place == null
        || config.kafka().ledgerTopic() == null
        || place.topicId().equals(Uuid.ZERO_UUID)) {
      return;
    }
    try (StoredRows server = new StoredRows(config.clickHouse())) {
      Evidence.Block block = server.block(config.ledgerDatabase(), place);
      if (block == null) {
        found.found(
            null,
            "ledger",
            "has no entry of %s (one comes some seconds after its block; those of earlier releases have none)"
                .formatted(place));
        return;
      }
      found.block = block;
      if (found.client == null && block.deadLetters() == 0 && block.clients().size() == 1) {
        found.claims(block.clients().getFirst().isEmpty() ? null : block.clients().getFirst());
      }
      found.found(
          block.writtenAt(),
          "ledger",
          "the block %,d to %,d was completed by router %s: %,d records stored, %,d dead letters, %,d offsets without a record, %,d lost"
              .formatted(
                  block.start(),
                  block.end() - 1,
                  block.router(),
                  block.stored(),
                  block.deadLetters(),
                  block.notDelivered(),
                  block.lost()));
    } catch (StoredRows.Unasked e) {
      found.unanswered.add("The ledger was not asked: " + e.getMessage());
    }
  }

  /**
   * The rows in clients' tables.
   *
   * @param all clients, by id
   */
  void askRows(Map<String, ClientRow> all, TargetTable targets) {
    Collection<ClientRow> candidates = candidates(all);
    askRows(candidates, targets);
    // A correction may have made it another client's.
    List<ClientRow> others =
        all.values().stream().filter(client -> !candidates.contains(client)).toList();
    if (found.rows.isEmpty()
        && found.settledAt != null
        && !found.isClientGiven
        && !others.isEmpty()) {
      askRows(others, targets);
    }
  }

  private void askRows(Collection<ClientRow> candidates, TargetTable targets) {
    Map<String, SequencedMap<String, String>> byTarget = new TreeMap<>();
    for (ClientRow client : candidates) {
      String odd = ClientRules.databaseProblem(client.database());
      if (odd != null) {
        found.unanswered.add("Client %s was not asked: %s".formatted(client.clientId(), odd));
      } else if (client.provisioned()) {
        byTarget
            .computeIfAbsent(client.target(), _ -> new LinkedHashMap<>())
            .put(client.clientId(), client.database());
      }
    }
    if (candidates.size() > 1) {
      notice.accept(
          "Looking for it in the tables of %,d clients, a column of each; --client ID is quicker ..."
              .formatted(candidates.size()));
    }
    int unanswered = found.unanswered.size();
    byTarget.forEach((target, databases) -> askRows(targets.find(target), target, databases));
    if (found.rows.isEmpty() && found.unanswered.size() == unanswered) {
      found.found(
          null,
          "ClickHouse",
          "no row of it in the tables of %s"
              .formatted(
                  candidates.size() == 1
                      ? "client " + candidates.iterator().next().clientId()
                      : "%,d clients".formatted(candidates.size())));
    }
  }

  /** Whose event it may be. */
  private Collection<ClientRow> candidates(Map<String, ClientRow> all) {
    String client = found.client;
    if (client != null) {
      ClientRow known = all.get(client);
      return known == null ? all.values() : List.of(known);
    }
    Evidence.Block block = found.block;
    if (block != null && !block.clients().contains("")) {
      return block.clients().stream().flatMap(id -> Stream.ofNullable(all.get(id))).toList();
    }
    return all.values();
  }

  private void askRows(
      TargetTable.Answer place, String target, SequencedMap<String, String> databases) {
    switch (place) {
      case TargetTable.Usable(String _, ClickHouseConfig server) -> {
        try (StoredRows rows = new StoredRows(server)) {
          rows.find(databases, new StoredRows.Wanted(found.ids, found.places), found.wantsPayload)
              .forEach(this::note);
        } catch (StoredRows.Unasked e) {
          found.unanswered.add(
              "The tables of %,d clients on the target \"%s\" were not asked: %s"
                  .formatted(databases.size(), target, e.getMessage()));
        }
      }
      case TargetTable.Unusable(String _, String problem) ->
          found.unanswered.add("The target \"%s\" was not asked: %s".formatted(target, problem));
      case TargetTable.Missing missing ->
          found.unanswered.add("Not all tables were asked: " + missing.problem());
    }
  }

  private void note(Evidence.Row row) {
    found.rows.add(row);
    found.client = row.client();
    found.eventId = row.eventId();
    found.origin = found.origin == null ? row.source() : found.origin;
    found.found(
        row.ingestedAt(),
        "ClickHouse",
        "a row in %s.events_base, event %s, received %s, from record %s"
            .formatted(row.database(), row.eventId(), row.receivedAt(), row.source()));
    if (found.wantsPayload) {
      found.payload = KeyMask.mask(row.payload());
    }
    if (found.block == null) {
      askLedger(row.source());
    }
  }
}
