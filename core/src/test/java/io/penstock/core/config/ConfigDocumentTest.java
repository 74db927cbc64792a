package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rewrites the page instead of comparing when {@code -Dpenstock.docs.write=true} is given. */
class ConfigDocumentTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "configuration.md");

  @Test
  void pageIsWhatTheCatalogueSays() throws IOException {
    if (Boolean.getBoolean("penstock.docs.write")) {
      Files.createDirectories(PAGE.toAbsolutePath().normalize().getParent());
      Files.writeString(PAGE, ConfigDocument.markdown());
    }

    assertThat(PAGE)
        .as("rewrite it: mvn -pl core test -Dtest=ConfigDocumentTest -Dpenstock.docs.write=true")
        .hasContent(ConfigDocument.markdown());
  }

  @Test
  void everyDeclaredKeyStandsInASection() throws IllegalAccessException {
    List<Object> declared = new ArrayList<>();
    for (var field : ConfigKeys.class.getDeclaredFields()) {
      if (Modifier.isPublic(field.getModifiers()) && field.getType() == ConfigKey.class) {
        declared.add(field.get(null));
      }
    }

    assertThat(ConfigKeys.SECTIONS.stream().flatMap(section -> section.keys().stream()))
        .containsExactlyInAnyOrderElementsOf(
            declared.stream().map(key -> (ConfigKey<?>) key).toList());
  }
}
