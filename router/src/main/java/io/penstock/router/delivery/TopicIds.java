package io.penstock.router.delivery;

import org.apache.kafka.common.Uuid;

/** Tells topics' ids. Thread-safe. */
public interface TopicIds {
  /**
   * The id of the topic as it exists now.
   *
   * @throws org.apache.kafka.common.errors.TimeoutException if no broker answers in time; Kafka
   *     Streams then starts the task later
   */
  Uuid of(String topic);
}
