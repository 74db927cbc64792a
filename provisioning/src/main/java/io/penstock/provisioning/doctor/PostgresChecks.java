package io.penstock.provisioning.doctor;

import io.penstock.provisioning.doctor.PostgresFacts.Schema;
import java.util.List;

/** Judges PostgreSQL's answers. */
final class PostgresChecks {
  private PostgresChecks() {}

  static List<Finding> judge(PostgresFacts facts) {
    Findings findings = new Findings();
    findings.add(Finding.ok(facts.version()));
    switch (facts.writes()) {
      case TAKEN -> {}
      case STANDBY ->
          findings.add(
              Finding.error(
                  "it is a standby and takes no writes",
                  "point penstock.postgres.url at the primary"));
      case READ_ONLY ->
          findings.add(
              Finding.error(
                  "it takes no writes from this user: default_transaction_read_only is on",
                  "switch it off for the user or the database (ALTER ROLE ... SET default_transaction_read_only = off), or point penstock.postgres.url at the primary"));
    }
    switch (facts.pooling()) {
      case SESSION -> {}
      case TRANSACTION ->
          findings.add(
              Finding.error(
                  "a pooler in transaction mode lies between: locks that keep jobs apart stay behind, notifications and prepared statements get lost",
                  "let the pooler pool sessions (PgBouncer: pool_mode = session), or point penstock.postgres.url at PostgreSQL itself"));
    }
    judgeSchema(findings, facts.schema());
    findings.about(
        Finding.error("this user lacks rights that the jobs need", "GRANT them to the jobs' user"),
        facts.lackingRights());
    facts.clock().judge("PostgreSQL").ifPresent(findings::add);
    return findings.all();
  }

  private static void judgeSchema(Findings findings, Schema schema) {
    findings.about(
        Finding.error("a migration of the metadata schema failed", "./penstock setup says why"),
        schema.failed());
    if (!schema.pending().isEmpty()) {
      findings.add(
          Finding.error("the metadata schema lacks migrations", "./penstock setup")
              .about(schema.pending()));
    } else {
      findings.add(Finding.ok("schema " + schema.version()));
    }
    findings.about(
        Finding.warning(
            "the metadata schema is newer than this Penstock",
            "use the Penstock that brought it up to date"),
        schema.unknown());
  }
}
