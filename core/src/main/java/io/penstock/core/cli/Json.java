package io.penstock.core.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.penstock.core.client.KeyMask;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Writes records as the one-line JSON objects that scripts read: a field for each component, in
 * their order and under their names, times as ISO-8601, constants in small letters; null where
 * nothing is known, unless Jackson's annotations leave the field out. Keys of clients are masked in
 * all texts.
 */
public final class Json {
  /** Made when JSON is asked for first: it takes a tenth of a second, which text must not cost. */
  private static final class Mapper {
    static final JsonMapper JSON =
        JsonMapper.builder()
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
            .addModule(new SimpleModule().addSerializer(Instant.class, ToStringSerializer.instance))
            .build();
  }

  private Json() {}

  /** One object on one line, without a line break at its end. */
  public static String of(Record view) {
    StringWriter text = new StringWriter();
    try (JsonGenerator plain = Mapper.JSON.createGenerator(text);
        JsonGenerator json = new Masking(plain)) {
      Mapper.JSON.writeValue(json, view);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** The same of a record or a map, with keys and hashes as they are, for their owner. */
  public static String withSecrets(Object view) {
    try {
      return Mapper.JSON.writeValueAsString(view);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
