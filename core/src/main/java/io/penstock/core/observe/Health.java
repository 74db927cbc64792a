package io.penstock.core.observe;

import java.util.List;
import java.util.stream.Stream;

/**
 * The answer to a health question.
 *
 * @param ok what the HTTP status says: 200 or 503
 * @param problems the more special first; empty if all is well. With an answer that is {@code ok}:
 *     what is degraded
 */
public record Health(boolean ok, List<Problem> problems) {
  /** All is well. */
  public static final Health GOOD = new Health(true, List.of());

  public Health {
    problems = List.copyOf(problems);
  }

  /** {@code ok}, {@code degraded} or {@code failing}. */
  public String status() {
    return ok ? problems.isEmpty() ? "ok" : "degraded" : "failing";
  }

  /** The same answer, degraded by more problems. */
  public Health and(List<Problem> more) {
    return new Health(ok, Stream.concat(problems.stream(), more.stream()).toList());
  }

  /** An answer that is failing if there are {@code problems}, and good if there are none. */
  public static Health of(List<Problem> problems) {
    return problems.isEmpty() ? GOOD : new Health(false, problems);
  }
}
