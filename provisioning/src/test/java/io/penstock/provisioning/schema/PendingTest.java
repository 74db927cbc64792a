package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.provisioning.schema.Migration.Scope;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import io.penstock.provisioning.schema.SchemaVersions.Row;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingTest {
  private static final Migration ONE = migration(Scope.ALL, 1, "one");
  private static final Migration TWO = migration(Scope.ALL, 2, "two");
  private static final Migration OWN = migration(Scope.CLIENT, 1, "own");

  @Test
  void whatIsNotAppliedIsPendingInOrder() throws Exception {
    assertThat(pending(List.of(ONE, TWO, OWN)))
        .extracting(Pending::migration)
        .containsExactly(ONE, TWO, OWN);
    assertThat(
            pending(List.of(ONE, TWO, OWN), row(ONE, Outcome.APPLIED), row(OWN, Outcome.APPLIED)))
        .containsExactly(new Pending(TWO, 0));
  }

  @Test
  void interruptedOneGoesOnUnlessItsTextChanged() throws Exception {
    Row half = row(TWO, Outcome.RUNNING);

    assertThat(pending(List.of(ONE, TWO), row(ONE, Outcome.APPLIED), half))
        .containsExactly(new Pending(TWO, 3));
    Migration mended = migration(Scope.ALL, 2, "mended");
    assertThat(pending(List.of(ONE, mended), row(ONE, Outcome.APPLIED), half))
        .containsExactly(new Pending(mended, 0));
  }

  @Test
  void versionsOfScopesAreNoMatterToEachOther() throws Exception {
    Migration ownTwo = migration(Scope.CLIENT, 2, "own two");

    assertThat(pending(List.of(ONE, ownTwo), row(ownTwo, Outcome.APPLIED)))
        .containsExactly(new Pending(ONE, 0));
  }

  @Test
  void editedMissingAndLateFilesAreRefused() {
    assertThatThrownBy(
            () -> pending(List.of(migration(Scope.ALL, 1, "other")), row(ONE, Outcome.APPLIED)))
        .isInstanceOf(MigrationFailed.class)
        .hasMessageContaining("V001.sql was applied with another text")
        .hasMessageEndingWith("(the text that was applied is not known)");
    assertThatThrownBy(
            () -> pending(List.of(ONE), row(ONE, Outcome.APPLIED), row(OWN, Outcome.FAILED)))
        .hasMessage(
            "client migration 1 (own) was begun, but its file is missing; put it back, or let go of it: ./penstock migrate forget 1 --own");
    assertThatThrownBy(() -> pending(List.of(ONE, TWO), row(TWO, Outcome.APPLIED)))
        .hasMessageContaining("V001.sql comes below migration 2");
  }

  private static List<Pending> pending(List<Migration> files, Row... rows) throws Exception {
    return Pending.of(files, List.of(rows), checksum -> null, false);
  }

  private static Migration migration(Scope scope, int version, String text) {
    return new Migration(scope, version, text, "V%03d.sql".formatted(version), text, text);
  }

  private static Row row(Migration migration, Outcome outcome) {
    return new Row(
        "acme",
        migration.scope(),
        migration.version(),
        migration.description(),
        migration.checksum(),
        outcome,
        3,
        Instant.EPOCH);
  }
}
