package io.penstock.provisioning.doctor;

import io.penstock.provisioning.schema.Migration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL, ClickHouse, Redis and the files say of clients, side by side.
 *
 * @param targets the ClickHouse targets that answered, by name
 * @param targetNames all that there are, answering or not
 * @param redis clients of which Redis holds something else; null: Redis did not answer
 * @param ledgerDatabase of the ledger's table on the configured target; null: none is kept
 * @param migrations files for all clients
 * @param own files for one client each, by id
 */
record ClientsView(
    PostgresFacts.Metadata metadata,
    Map<String, ClickHouseFacts> targets,
    Set<String> targetNames,
    RedisLook.@Nullable Comparison redis,
    @Nullable String ledgerDatabase,
    List<Migration> migrations,
    Map<String, List<Migration>> own) {}
