/**
 * The embedded stack: Kafka, PostgreSQL, Redis and the ClickHouse engine, each a process of its own
 * on loopback. {@link io.penstock.local.LocalStack} is the API.
 */
@NullMarked
package io.penstock.local;

import org.jspecify.annotations.NullMarked;
