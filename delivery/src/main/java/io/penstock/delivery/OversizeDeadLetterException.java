package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.ConfigKeys;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A dead letter does not fit the dead-letter topic, even without the record's headers and value.
 * The router stops before it rather than dropping the event; the message says what to change.
 */
public final class OversizeDeadLetterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OversizeDeadLetterException(ProducerRecord<byte[], byte[]> letter) {
    super(
        "the dead letter of %s is too large for the topic %s even without its value: raise the topic's"
                .formatted(new String(letter.key(), UTF_8), letter.topic())
            + " max.message.bytes, or lose such events with "
            + ConfigKeys.ROUTER_DEAD_LETTER_OVERSIZE.name()
            + "=discard");
  }
}
