/**
 * Kafka to ClickHouse so that nothing is lost and nothing shows twice, whatever the records mean
 * (docs/delivery.md).
 */
@NullMarked
package io.penstock.delivery;

import org.jspecify.annotations.NullMarked;
