package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
