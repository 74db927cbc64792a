package io.penstock.core.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import io.penstock.core.client.KeyMask;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** Writes the one-line JSON objects that scripts read. Keys of clients are masked in all texts. */
public final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /** Writes the fields of the object. */
  public interface Fields {
    /** Called between the object's braces. */
    void write(JsonGenerator json) throws IOException;
  }

  /** One object on one line, without a line break at its end. */
  public static String object(Fields fields) {
    StringWriter text = new StringWriter();
    try (JsonGenerator plain = FACTORY.createGenerator(text);
        JsonGenerator json = new Masking(plain)) {
      write(json, fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** The same with keys and hashes as they are, for their owner. */
  public static String objectWithSecrets(Fields fields) {
    StringWriter text = new StringWriter();
    try {
      writeWithSecrets(text, fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** The same without holding it; {@code out} stays open. */
  public static void writeWithSecrets(Writer out, Fields fields) throws IOException {
    try (JsonGenerator json =
        FACTORY.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
      write(json, fields);
    }
  }

  private static void write(JsonGenerator json, Fields fields) throws IOException {
    json.writeStartObject();
    fields.write(json);
    json.writeEndObject();
  }

  private static final class Masking extends JsonGeneratorDelegate {
    Masking(JsonGenerator json) {
      super(json);
    }

    @Override
    public void writeFieldName(String name) throws IOException {
      super.writeFieldName(KeyMask.mask(name));
    }

    @Override
    public void writeString(@Nullable String text) throws IOException {
      super.writeString(text == null ? null : KeyMask.mask(text));
    }
  }
}
