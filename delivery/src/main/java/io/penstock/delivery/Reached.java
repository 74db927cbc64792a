package io.penstock.delivery;

import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition is.
 *
 * @param topicId null while its task has not started
 * @param durable below which there is no event that is not durable; -1 while its task has not
 *     started
 * @param read what the consumer reads next; -1 the same
 */
public record Reached(@Nullable Uuid topicId, long durable, long read) {
  static final Reached NOT_STARTED = new Reached(null, -1, -1);
}
