package io.penstock.provisioning.doctor;

import io.penstock.provisioning.doctor.Finding.Level;
import java.util.Comparator;
import java.util.List;

/**
 * What was found about one part.
 *
 * @param part its name, for people and for {@code --only}; a ClickHouse target's is {@code
 *     clickhouse} and the target's name
 * @param level the worst of the findings'
 * @param tookMillis until it had answered
 * @param findings what is right and what is wrong
 */
public record PartReport(String part, Level level, long tookMillis, List<Finding> findings) {
  /** Copies the list. */
  public PartReport {
    findings = List.copyOf(findings);
  }

  /** Of the findings' worst level. */
  public PartReport(String part, long tookMillis, List<Finding> findings) {
    this(
        part,
        findings.stream().map(Finding::level).max(Comparator.naturalOrder()).orElse(Level.OK),
        tookMillis,
        findings);
  }
}
