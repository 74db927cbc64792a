package io.penstock.provisioning.client;

import io.penstock.provisioning.target.Export;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a client is to be deprovisioned.
 *
 * @param grace how long it can be taken back; null: as an earlier run said, or not at all
 * @param drainLimit how long to wait for what is in flight; null: don't wait
 * @param exportFolder where its events go before they are dropped; null: nowhere
 * @param discardDeadLetters whether its outstanding dead letters go, too
 */
public record DeprovisionRequest(
    String clientId,
    @Nullable Duration grace,
    @Nullable Duration drainLimit,
    @Nullable Path exportFolder,
    Export.Format exportFormat,
    boolean discardDeadLetters) {}
