package io.penstock.core.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.penstock.core.client.KeyMask;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/** A log line as a JSON object on one line; its fields are listed in docs/reference/logs.md. */
final class JsonLine {
  /** The property of logback's context that holds the name of the process. */
  static final String PROCESS = "process";

  /** Standard error may have another encoding than UTF-8. */
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

  private JsonLine() {}

  /** The object, without a line break at its end. */
  static String of(ILoggingEvent event) {
    StringWriter text = new StringWriter(512);
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("timestamp", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
      json.writeStringField("level", event.getLevel().toString());
      json.writeStringField("logger", event.getLoggerName());
      json.writeStringField("thread", event.getThreadName());
      if (event instanceof FoldingAppender.Repeated repeated) {
        writeText(json, "message", repeated.what);
        json.writeNumberField("repeated", repeated.times);
        json.writeNumberField("repeatedSeconds", repeated.seconds);
      } else {
        writeText(json, "message", event.getFormattedMessage());
      }
      if (event.getKeyValuePairs() != null) {
        for (KeyValuePair pair : event.getKeyValuePairs()) {
          json.writeFieldName(pair.key);
          writeValue(json, pair.value);
        }
      }
      writeError(json, event.getThrowableProxy());
      writeText(json, PROCESS, event.getLoggerContextVO().getPropertyMap().get(PROCESS));
      json.writeStringField("version", Version.CURRENT);
      json.writeEndObject();
    } catch (IOException never) {
      throw new UncheckedIOException(never);
    }
    return text.toString();
  }

  private static void writeError(JsonGenerator json, @Nullable IThrowableProxy thrown)
      throws IOException {
    if (thrown != null) {
      json.writeObjectFieldStart("error");
      json.writeStringField("type", thrown.getClassName());
      writeText(json, "message", thrown.getMessage());
      writeText(json, "stackTrace", ThrowableProxyUtil.asString(thrown));
      json.writeEndObject();
    }
  }

  /** Without a text there is no field. */
  private static void writeText(JsonGenerator json, String name, @Nullable String text)
      throws IOException {
    if (text != null) {
      json.writeStringField(name, KeyMask.mask(text));
    }
  }

  /** Numbers, booleans and lists as what they are, all else as text. */
  private static void writeValue(JsonGenerator json, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Boolean is -> json.writeBoolean(is);
      case Collection<?> values -> {
        json.writeStartArray();
        for (Object one : values) {
          writeValue(json, one);
        }
        json.writeEndArray();
      }
      default -> json.writeString(KeyMask.mask(value.toString()));
    }
  }
}
