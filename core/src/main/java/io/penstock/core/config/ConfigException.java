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
    super(
        (problems.size() == 1 ? "1 problem" : problems.size() + " problems")
            + " in the configuration:"
            + String.join("", problems.stream().map(problem -> "\n  - " + problem).toList()));
    this.problems = List.copyOf(problems);
  }

  /** Each problem as a sentence that begins with the name of the setting. */
  public List<String> problems() {
    return problems;
  }
}
