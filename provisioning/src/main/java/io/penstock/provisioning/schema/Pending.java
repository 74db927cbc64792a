package io.penstock.provisioning.schema;

import io.penstock.provisioning.schema.Migration.Scope;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import io.penstock.provisioning.schema.SchemaVersions.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A migration that is left to apply to one client's database.
 *
 * @param done how many of its statements have run
 */
record Pending(Migration migration, int done) {
  /**
   * Its statements, those that have run included.
   *
   * @throws MigrationFailed if one cannot be repeated, or the text cannot be read
   */
  List<String> statements(Map<String, String> placeholders) throws MigrationFailed {
    List<String> statements;
    try {
      statements = migration.statements(placeholders);
    } catch (IllegalArgumentException e) {
      throw new MigrationFailed(migration.label(), 0, migration.file() + ": " + e.getMessage());
    }
    for (int i = 0; i < statements.size(); i++) {
      String problem = Repeatable.problem(statements.get(i));
      if (problem != null) {
        throw new MigrationFailed(
            migration.label(),
            i + 1,
            "%s, statement %d of %d, is refused: %s. If it can be repeated all the same, say why in a comment inside it: /* %s ... */"
                .formatted(
                    migration.file(), i + 1, statements.size(), problem, Repeatable.VOUCHER));
      }
    }
    return statements;
  }

  /** Texts by checksum. */
  interface Texts {
    /** The text; null if it was not kept. */
    @Nullable String of(String checksum) throws SQLException;

    /** Asks PostgreSQL, for each text once. Not thread-safe. */
    static Texts of(DataSource metadata) {
      Map<String, Optional<String>> known = new HashMap<>();
      return checksum -> {
        Optional<String> text = known.get(checksum);
        if (text == null) {
          try (Connection connection = metadata.getConnection()) {
            text = Optional.ofNullable(SchemaVersions.text(connection, checksum));
          }
          known.put(checksum, text);
        }
        return text.orElse(null);
      };
    }
  }

  /**
   * What is left to apply, in order: compares files with what was applied.
   *
   * @param files in order
   * @param rows of the client
   * @param texts asked only where a file was edited
   * @param outOfOrder whether a file may come below the newest that was applied
   * @throws MigrationFailed if an applied file was edited or is missing, or a file came too late
   */
  static List<Pending> of(List<Migration> files, List<Row> rows, Texts texts, boolean outOfOrder)
      throws MigrationFailed, SQLException {
    for (Row row : rows) {
      if (files.stream().noneMatch(row::isOf)) {
        throw new MigrationFailed(
            row.scope().label(row.version()),
            0,
            row.label()
                + (row.outcome() == Outcome.APPLIED
                    ? " was applied, but its file is missing; put it back"
                    : " was begun, but its file is missing; put it back, or let go of it: ./penstock migrate forget %d%s"
                        .formatted(row.version(), row.scope() == Scope.CLIENT ? " --own" : ""))
                + (texts.of(row.checksum()) == null
                    ? ""
                    : " (its text: SELECT sql FROM migration_texts WHERE checksum = '"
                        + row.checksum()
                        + "')"));
      }
    }
    List<Pending> pending = new ArrayList<>();
    for (Migration file : files) {
      Optional<Row> found = rows.stream().filter(row -> row.isOf(file)).findFirst();
      if (found.isEmpty() || found.get().outcome() != Outcome.APPLIED) {
        requireOrder(file, rows, outOfOrder);
        pending.add(new Pending(file, found.map(row -> done(row, file)).orElse(0)));
      } else if (!found.get().checksum().equals(file.checksum())) {
        throw edited(file, texts.of(found.get().checksum()));
      }
    }
    return pending;
  }

  /**
   * How many statements of the file have run; 0 if the file changed after it was half applied: it
   * begins anew, since its statements can be repeated.
   */
  private static int done(Row row, Migration file) {
    return row.checksum().equals(file.checksum()) ? row.done() : 0;
  }

  private static void requireOrder(Migration file, List<Row> rows, boolean outOfOrder)
      throws MigrationFailed {
    int newest =
        rows.stream()
            .filter(row -> row.scope() == file.scope() && row.outcome() == Outcome.APPLIED)
            .mapToInt(Row::version)
            .max()
            .orElse(0);
    if (file.version() < newest && !outOfOrder) {
      throw new MigrationFailed(
          file.label(),
          0,
          "%s comes below %s, which is applied already; give it a higher version, or run with --out-of-order"
              .formatted(file.file(), file.scope().label(newest)));
    }
  }

  private static MigrationFailed edited(Migration file, @Nullable String before) {
    return new MigrationFailed(
        file.label(),
        0,
        file.file()
            + " was applied with another text; put it back, and put changes into a new migration"
            + (before == null
                ? " (the text that was applied is not known)"
                : ". Since then:\n" + TextDiff.of(before, file.sql())));
  }
}
