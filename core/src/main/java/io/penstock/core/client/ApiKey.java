package io.penstock.core.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One of a client's keys, known by its hash alone. A client has several while it rotates them.
 *
 * @param expiresAt the first moment at which it no longer counts; null: never
 * @param revokedAt when an operator took it back; null: not
 */
public record ApiKey(
    ApiKeyHash hash, Instant createdAt, @Nullable Instant expiresAt, @Nullable Instant revokedAt) {}
