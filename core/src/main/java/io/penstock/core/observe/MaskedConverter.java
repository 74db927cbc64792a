package io.penstock.core.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.pattern.CompositeConverter;
import io.penstock.core.client.KeyMask;

/**
 * {@code %masked(...)} of a log's pattern: what stands in it, with keys of clients masked. Log
 * lines hold none of their own, but what a server or a library says may repeat what a producer
 * wrote.
 */
public final class MaskedConverter extends CompositeConverter<ILoggingEvent> {
  /** Made by logback, by the name of the class. */
  public MaskedConverter() {}

  @Override
  protected String transform(ILoggingEvent event, String text) {
    return KeyMask.mask(text);
  }
}
