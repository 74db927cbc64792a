package io.penstock.core.config;

import java.util.List;

/**
 * The configuration cannot be used; the message lists every problem found, so that one restart can
 * mend them all.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final List<String> problems;

  /** {@code problems} must not be empty and must not hold a secret's text. */
  public ConfigException(List<String> problems) {
    this(
        (problems.size() == 1 ? "1 problem" : problems.size() + " problems")
            + " in the configuration:"
            + String.join("", problems.stream().map(problem -> "\n  - " + problem).toList()),
        problems);
  }

  private ConfigException(String message, List<String> problems) {
    super(message);
    this.problems = List.copyOf(problems);
  }

  /** Not one setting was given, so none of them is wrong: whoever asks has no servers yet. */
  static ConfigException nothingSet(List<String> problems) {
    return new ConfigException(
        "No configuration, and no local stack runs. Start one with ./penstock local up, or name your servers in a file"
            + " (PENSTOCK_CONFIG_FILE) or the environment: docs/configuration.md.",
        problems);
  }

  /** Each problem as a sentence that begins with the name of the setting. */
  public List<String> problems() {
    return problems;
  }
}
