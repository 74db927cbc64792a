package io.penstock.provisioning.doctor;

import io.penstock.provisioning.doctor.Finding.Level;
import java.util.Comparator;
import java.util.List;

/**
 * What was found about one part.
 *
 * @param part its name, for people and for {@code --only}; a ClickHouse target's is {@code
 *     clickhouse} and the target's name
 * @param tookMillis until it had answered
 */
public record PartReport(String part, long tookMillis, List<Finding> findings) {
  /** Copies the list. */
  public PartReport {
    findings = List.copyOf(findings);
  }

  /** The worst of the findings. */
  public Level level() {
    return findings.stream().map(Finding::level).max(Comparator.naturalOrder()).orElse(Level.OK);
  }
}
