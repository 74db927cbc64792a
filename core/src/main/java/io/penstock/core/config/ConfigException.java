package io.penstock.core.config;

import java.util.List;

/**
 * The configuration cannot be used; the message lists every problem found, so that one restart can
 * mend them all.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String summary;
  private final List<String> problems;

  /** {@code problems} must not be empty and must not hold a secret's text. */
  public ConfigException(List<String> problems) {
    this(
        (problems.size() == 1 ? "1 problem" : problems.size() + " problems")
            + " in the configuration",
        problems,
        ":" + String.join("", problems.stream().map(problem -> "\n  - " + problem).toList()));
  }

  private ConfigException(String summary, List<String> problems, String listed) {
    super(summary + listed);
    this.summary = summary;
    this.problems = List.copyOf(problems);
  }

  /** Not one setting was given, so none of them is wrong: whoever asks has no servers yet. */
  static ConfigException nothingSet() {
    return new ConfigException(
        "No configuration, and no local stack runs. Start one with ./penstock local up, or name your servers in a file"
            + " (PENSTOCK_CONFIG_FILE) or the environment: docs/reference/configuration.md.",
        List.of(),
        "");
  }

  /**
   * Each problem as a sentence that begins with the name of the setting; empty where the summary
   * says all.
   */
  public List<String> problems() {
    return problems;
  }

  /** The message without the problems. */
  public String summary() {
    return summary;
  }
}
