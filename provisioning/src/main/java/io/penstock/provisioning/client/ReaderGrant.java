package io.penstock.provisioning.client;

import io.penstock.core.config.Secret;
import io.penstock.provisioning.target.ReaderAccess;
import org.jspecify.annotations.Nullable;

/**
 * What came of granting or dropping the ClickHouse user of a client's analysts.
 *
 * @param password null: the user was dropped
 */
public record ReaderGrant(
    String clientId, String user, ReaderAccess.Outcome outcome, @Nullable Secret password) {}
