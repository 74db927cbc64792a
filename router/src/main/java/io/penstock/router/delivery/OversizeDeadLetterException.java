package io.penstock.router.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.ConfigKeys;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A dead letter does not fit the dead-letter topic, even without the record's headers. The router
 * stops before it rather than dropping the event; the message says what to change.
 */
public final class OversizeDeadLetterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OversizeDeadLetterException(ProducerRecord<byte[], byte[]> letter) {
    super(
        "the dead letter of %s, a value of %d bytes, is too large for the topic %s: raise the topic's"
                .formatted(new String(letter.key(), UTF_8), letter.value().length, letter.topic())
            + " max.message.bytes (and "
            + ConfigKeys.KAFKA_PROPERTY_PREFIX
            + "max.request.size above 64 MiB), or lose such events with "
            + ConfigKeys.ROUTER_DEAD_LETTER_OVERSIZE.name()
            + "=discard");
  }
}
