package io.penstock.it.observability;

import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** The files of {@code deploy/observability}, as data. */
final class Observability {
  static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  static final Path FOLDER = HOME.resolve("deploy/observability");

  private Observability() {}

  /** All rules of a file of {@code prometheus/rules}. */
  static Stream<Map<?, ?>> rules(String file) throws IOException {
    return list(yaml("prometheus/rules/" + file), "groups").stream()
        .flatMap(group -> list(group, "rules").stream());
  }

  static Map<?, ?> yaml(String file) throws IOException {
    return new Yaml().load(read(FOLDER.resolve(file)));
  }

  /** A list of maps; empty if there is none. */
  @SuppressWarnings("unchecked") // YAML is maps and lists; a wrong shape fails the test anyway.
  static List<Map<?, ?>> list(Map<?, ?> map, String key) {
    return (List<Map<?, ?>>) Objects.requireNonNullElse(map.get(key), List.of());
  }

  /** A map that must be there. */
  static Map<?, ?> map(Map<?, ?> map, String key) {
    return (Map<?, ?>) Objects.requireNonNull(map.get(key), key);
  }

  /** A text that must be there. */
  static String text(Map<?, ?> map, String key) {
    return (String) Objects.requireNonNull(map.get(key), key);
  }

  static String read(Path file) throws IOException {
    return Files.readString(file);
  }

  /** Names of a folder's files that end so. */
  static Set<String> files(String folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(HOME.resolve(folder))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(suffix))
          .collect(toCollection(TreeSet::new));
    }
  }
}
