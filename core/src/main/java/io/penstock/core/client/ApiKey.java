package io.penstock.core.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One of a client's keys, known by its hash alone. A client has several while it rotates them.
 *
 * @param expiresAt the first moment at which the key no longer counts; null: it does not expire
 * @param revokedAt when an operator revoked the key; null: nobody has
 */
public record ApiKey(
    ApiKeyHash hash, Instant createdAt, @Nullable Instant expiresAt, @Nullable Instant revokedAt) {}
