/**
 * How Penstock talks to ClickHouse: targets, inserts, and what each of the server's errors means
 * for delivery.
 */
@NullMarked
package io.penstock.core.clickhouse;

import org.jspecify.annotations.NullMarked;
