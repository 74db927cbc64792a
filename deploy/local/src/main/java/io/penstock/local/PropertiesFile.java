package io.penstock.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/** Properties files that are replaced as a whole, sorted, and read by their owner only. */
public final class PropertiesFile {
  private PropertiesFile() {}

  /** Writes the entries to the file, below one line of comment. */
  public static void write(Path file, String comment, Map<String, String> entries)
      throws IOException {
    var text = new StringBuilder("# " + comment + "\n");
    for (var entry : new TreeMap<>(entries).entrySet()) {
      text.append(entry.getKey()).append('=').append(escape(entry.getValue())).append('\n');
    }
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.deleteIfExists(next);
    OwnerOnly.file(next);
    Files.writeString(next, text, StandardCharsets.US_ASCII);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The file's entries; one that is absent has none. */
  public static SortedMap<String, String> read(Path file) throws IOException {
    var entries = new TreeMap<String, String>();
    if (Files.exists(file)) {
      var properties = new Properties();
      try (var in = Files.newInputStream(file)) {
        properties.load(in);
      }
      properties.stringPropertyNames().forEach(k -> entries.put(k, properties.getProperty(k)));
    }
    return entries;
  }

  /**
   * In plain ASCII, since readers of the format differ in the encoding they assume; colons stay as
   * they are, so that a shell finds addresses in the file.
   */
  private static String escape(String value) {
    var text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean plain = c > ' ' && c < 0x7f && c != '\\';
      text.append(plain ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return text.toString();
  }
}
