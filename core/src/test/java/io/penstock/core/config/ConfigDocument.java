package io.penstock.core.config;

/**
 * Writes {@code docs/reference/configuration.md} from the catalogue, for the test that compares the
 * two.
 */
final class ConfigDocument {
  private ConfigDocument() {}

  /** The whole page. */
  static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configuration

            <!-- Generated from core/src/main/java/io/penstock/core/config/ConfigKeys.java; CONTRIBUTING.md says how. -->

            Every process reads its settings from the environment and from the properties file that `PENSTOCK_CONFIG_FILE` names; the
            environment wins. A key's variable is its name in capitals with `_` for `.`: `penstock.kafka.bootstrap.servers` is
            `PENSTOCK_KAFKA_BOOTSTRAP_SERVERS`. One file or environment serves all processes; each takes what it needs.

            - Everything wrong is reported at once, and the process ends with exit code 2: what is missing, malformed, out of range,
              contradictory, or not a setting at all (with the nearest name that is one).
            - An empty value counts as not set.
            - A secret `PENSTOCK_X` may come from a file instead: `PENSTOCK_X_FILE` names it, a line break at its end is left out.
            - The settings in use are logged at start, secrets as `***`.
            - Durations: `500ms`, `10s`, `5m`, `12h`, `7d`. Sizes: `512B`, `64KiB`, `1MiB`, `2GiB`. Shares: `99.9%`.
            """);
    page.append("\n## The process\n\n| variable | meaning |\n|---|---|\n");
    ConfigKeys.PROCESS_VARIABLES.forEach((name, meaning) ->
        page.append("| `").append(name).append("` | ").append(meaning).append(" |\n"));
    for (ConfigKeys.Section section : ConfigKeys.SECTIONS) {
      page.append("\n## ")
          .append(section.title())
          .append("\n\n")
          .append(section.introduction())
          .append("\n\n");
      page.append("| key | value | default | meaning |\n|---|---|---|---|\n");
      section.keys().forEach(key -> page.append(row(key)));
    }
    return page.toString();
  }

  private static <T> String row(ConfigKey<T> key) {
    T defaultValue = key.defaultValue();
    String shownDefault =
        defaultValue != null
            ? "`" + key.type().formatter().apply(defaultValue) + "`"
            : key.required() ? "**required**" : "";
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            key.name(),
            key.type().description(),
            shownDefault,
            key.description().replace("|", "\\|"));
  }
}
