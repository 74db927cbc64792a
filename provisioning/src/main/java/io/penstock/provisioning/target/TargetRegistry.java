package io.penstock.provisioning.target;

import io.penstock.core.client.ClientRules;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.AuditLog;
import io.penstock.core.metadata.Sql;
import io.penstock.core.metadata.TargetTable;
import io.penstock.provisioning.job.JobTools;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's table of ClickHouse targets. Every change is one transaction with its audit entry.
 * Routers read the table when a client first names a target they have not met, and every half
 * minute. Thread-safe.
 */
public final class TargetRegistry {
  private static final String SELECT = "SELECT " + TargetTable.COLUMNS + " FROM targets ";

  /** How many clients a refusal names, so that somebody knows where to look. */
  private static final int TOLD_CLIENTS = 5;

  private static final String PLACED =
      "SELECT client_id FROM clients WHERE ch_target = ? AND status <> 'deprovisioned' ORDER BY client_id";

  private final JobTools tools;
  private final AuditLog audit;
  private final ClickHouseConfig configured;

  /**
   * @param configured the target named {@value ClickHouseConfig#TARGET}
   */
  public TargetRegistry(JobTools tools, ClickHouseConfig configured) {
    this.tools = tools;
    this.audit = tools.audit();
    this.configured = configured;
  }

  /**
   * The configured target, then the others by name.
   *
   * @param environment as {@link System#getenv()} gives it: where passwords are looked for
   */
  public List<TargetRow> list(Map<String, String> environment) throws SQLException {
    try (Connection connection = tools.connect()) {
      Map<String, Long> clients = new HashMap<>();
      for (Map.Entry<String, Long> count :
          Sql.query(
              connection,
              "SELECT ch_target, count(*) FROM clients WHERE status <> 'deprovisioned' GROUP BY ch_target",
              row -> Map.entry(row.getString(1), row.getLong(2)))) {
        clients.put(count.getKey(), count.getValue());
      }
      List<TargetRow> rows = new ArrayList<>();
      rows.add(
          row(
              new TargetSettings(
                  configured.url().toString(),
                  configured.user(),
                  null,
                  configured.caFile(),
                  configured.cluster()),
              new TargetTable.Usable(ClickHouseConfig.TARGET, configured),
              clients));
      rows.addAll(
          Sql.query(
              connection,
              SELECT + "ORDER BY name",
              row -> row(settings(row), TargetTable.entry(row, environment), clients)));
      return rows;
    }
  }

  private static TargetRow row(
      TargetSettings settings, TargetTable.Entry entry, Map<String, Long> clients) {
    ClickHouseConfig config = entry instanceof TargetTable.Usable usable ? usable.config() : null;
    return new TargetRow(
        entry.name(),
        settings.url(),
        settings.user(),
        settings.passwordVariable(),
        settings.caFile(),
        settings.cluster(),
        clients.getOrDefault(entry.name(), 0L),
        config != null,
        entry instanceof TargetTable.Unusable unusable ? unusable.problem() : null,
        config);
  }

  private static TargetSettings settings(ResultSet row) throws SQLException {
    return new TargetSettings(
        row.getString("url"),
        row.getString("user_name"),
        row.getString("password_variable"),
        row.getString("ca_file"),
        row.getString("cluster"));
  }

  /** Adds a target: {@code Done}, {@code Unchanged}, {@code Taken} or {@code Invalid}. */
  public TargetOutcome add(String name, TargetSettings settings) throws SQLException {
    List<String> problems = new ArrayList<>(nameProblems(name));
    problems.addAll(settings.problems());
    if (!problems.isEmpty()) {
      return new TargetOutcome.Invalid(problems);
    }
    try (Connection connection = tools.connect()) {
      return Sql.inTransaction(
          connection,
          () -> {
            tools.before("insert the target and its audit entry");
            int inserted =
                Sql.update(
                    connection,
                    "INSERT INTO targets ("
                        + TargetTable.COLUMNS
                        + ") VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    name,
                    settings.url(),
                    settings.user(),
                    settings.passwordVariable(),
                    settings.caFile(),
                    settings.cluster());
            if (inserted == 0) {
              return settings.equals(locked(connection, name))
                  ? new TargetOutcome.Unchanged()
                  : new TargetOutcome.Taken();
            }
            audit.write(connection, "target.added", null, name, null, snapshot(connection, name));
            return new TargetOutcome.Done();
          });
    }
  }

  /**
   * Changes a target: {@code Done}, {@code Unchanged}, {@code Missing} or {@code Invalid}.
   *
   * @param change what it is to be, from what it is
   */
  public TargetOutcome set(String name, UnaryOperator<TargetSettings> change) throws SQLException {
    List<String> problems = nameProblems(name);
    if (!problems.isEmpty()) {
      return new TargetOutcome.Invalid(problems);
    }
    try (Connection connection = tools.connect()) {
      return Sql.inTransaction(connection, () -> change(connection, name, change));
    }
  }

  private TargetOutcome change(
      Connection connection, String name, UnaryOperator<TargetSettings> change)
      throws SQLException {
    TargetSettings old = locked(connection, name);
    if (old == null) {
      return new TargetOutcome.Missing();
    }
    TargetSettings settings = change.apply(old);
    if (settings.equals(old)) {
      return new TargetOutcome.Unchanged();
    }
    List<String> problems = settings.problems();
    if (!problems.isEmpty()) {
      return new TargetOutcome.Invalid(problems);
    }
    String before = snapshot(connection, name);
    tools.before("change the target and write the audit entry");
    var _ =
        Sql.update(
            connection,
            "UPDATE targets SET url = ?, user_name = ?, password_variable = ?, ca_file = ?, cluster = ? WHERE name = ?",
            settings.url(),
            settings.user(),
            settings.passwordVariable(),
            settings.caFile(),
            settings.cluster(),
            name);
    audit.write(connection, "target.changed", null, name, before, snapshot(connection, name));
    return new TargetOutcome.Done();
  }

  /** Removes a target: {@code Done}, {@code Missing}, {@code InUse} or {@code Invalid}. */
  public TargetOutcome remove(String name) throws SQLException {
    List<String> problems = nameProblems(name);
    if (!problems.isEmpty()) {
      return new TargetOutcome.Invalid(problems);
    }
    try (Connection connection = tools.connect()) {
      return Sql.inTransaction(
          connection,
          () -> {
            if (locked(connection, name) == null) {
              return new TargetOutcome.Missing();
            }
            // Nobody may be placed on it between the question and the end of the transaction.
            var _ = Sql.update(connection, "LOCK TABLE clients IN SHARE ROW EXCLUSIVE MODE");
            List<String> placed = Sql.query(connection, PLACED, row -> row.getString(1), name);
            if (!placed.isEmpty()) {
              return new TargetOutcome.InUse(
                  placed.size(), placed.subList(0, Math.min(TOLD_CLIENTS, placed.size())));
            }
            String before = snapshot(connection, name);
            tools.before("delete the target and write the audit entry");
            var _ = Sql.update(connection, "DELETE FROM targets WHERE name = ?", name);
            audit.write(connection, "target.removed", null, name, before, null);
            return new TargetOutcome.Done();
          });
    }
  }

  private static List<String> nameProblems(String name) {
    if (name.equals(ClickHouseConfig.TARGET)) {
      return List.of(
          "The target \"default\" is not in PostgreSQL: penstock.clickhouse.* configures it.");
    }
    return ClientRules.isTarget(name)
        ? List.of()
        : List.of(
            "The name \"%s\" is not 1 to 63 of a-z, 0-9, _ and -, beginning with a letter."
                .formatted(name));
  }

  private static @Nullable TargetSettings locked(Connection connection, String name)
      throws SQLException {
    return Sql.first(
        connection, SELECT + "WHERE name = ? FOR UPDATE", TargetRegistry::settings, name);
  }

  private static @Nullable String snapshot(Connection connection, String name) throws SQLException {
    return Sql.first(
        connection,
        "SELECT to_jsonb(t)::text FROM targets t WHERE name = ?",
        row -> row.getString(1),
        name);
  }
}
