package io.penstock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Names come into statements through {@code ClickHouseClients.quoted} and {@code literal} alone.
 */
class SqlTextTest {
  private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

  /** The rest of a statement that goes on with a quoted value: {@code ... name = '" + x}. */
  private static final Pattern QUOTED_BY_HAND =
      Pattern.compile(
          "\\b(SELECT|FROM|WHERE|AND|IN|BY|CREATE|DROP|ALTER|INSERT|COMMENT)\\b[^\"\n]*('%\\d*\\$?s'|'\"\\s*\\+|`%\\d*\\$?s|`\"\\s*\\+)");

  /** What these put between quotes is a constant of their own, or has been checked. */
  private static final Map<String, String> CHECKED =
      Map.of(
          "Scratch.java", "its own comments",
          "PostgresPart.java", "the database's constant name",
          "Pending.java", "no statement but a message",
          "Migrator.java", "no statement but a message",
          "ReaderAccess.java", "a SHA-256 in hexadecimal",
          "Export.java", "a partition's id, of letters, digits and dashes");

  @Test
  void noStatementQuotesANameByItself() {
    Set<String> found =
        sources().stream()
            .filter(SqlTextTest::quotesByHand)
            .map(file -> file.getFileName().toString())
            .collect(Collectors.toSet());

    assertThat(found)
        .as("use ClickHouseClients.quoted or literal, or a parameter")
        .isEqualTo(CHECKED.keySet());
  }

  private static boolean quotesByHand(Path file) {
    try {
      // A literal that is broken over lines counts as one.
      String text = Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", "");
      return QUOTED_BY_HAND.matcher(text).find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> sources() {
    return Stream.of(
            "core",
            "delivery",
            "router",
            "provisioning",
            "dlq-reprocessor",
            "deploy/local",
            "bench")
        .map(HOME::resolve)
        .flatMap(SqlTextTest::sources)
        .toList();
  }

  private static Stream<Path> sources(Path module) {
    try (Stream<Path> files = Files.walk(module.resolve("src/main/java"))) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
