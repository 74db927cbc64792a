package io.penstock.provisioning.client;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.job.StepFailed;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a client to change; null leaves one as it is.
 *
 * @param database while the client is pending only
 * @param target the same
 * @param maxEventsPerMinute {@link #NO_LIMIT}: none
 */
public record ClientChange(
    @Nullable String name,
    @Nullable String database,
    @Nullable String target,
    @Nullable Integer retentionDays,
    Retention.@Nullable From retentionFrom,
    @Nullable Integer maxEventsPerMinute) {
  /** Takes a limit away. */
  public static final int NO_LIMIT = 0;

  /** What is wrong with it, each as a sentence; empty: nothing. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (name != null) {
      problems.addAll(NewClient.nameProblems(name));
    }
    if (database != null) {
      problems.addAll(NewClient.databaseProblems(database));
    }
    if (retentionDays != null && (retentionDays < 1 || retentionDays > Retention.MAX_DAYS)) {
      problems.add(
          "The retention of %d days is not between 1 and %d."
              .formatted(retentionDays, Retention.MAX_DAYS));
    }
    if (maxEventsPerMinute != null && maxEventsPerMinute != NO_LIMIT) {
      problems.addAll(NewClient.limitProblems(maxEventsPerMinute));
    }
    return problems;
  }

  /** Whether it says how long events are kept. */
  public boolean isOfRetention() {
    return retentionDays != null || retentionFrom != null;
  }

  /** The retention after the change. */
  Retention retention(Retention now) {
    return new Retention(
        retentionDays == null ? now.days() : retentionDays,
        retentionFrom == null ? now.from() : retentionFrom);
  }

  /** Lists the columns that differ from {@code client}, and their values. */
  void assign(ClientRow client, List<String> columns, List<@Nullable Object> values)
      throws StepFailed {
    add("name", client.name(), name, columns, values);
    Retention after = retention(client.retention());
    add("retention_days", client.retention().days(), after.days(), columns, values);
    add("retention_from", client.retention().from().text(), after.from().text(), columns, values);
    int before = columns.size();
    add("ch_database_name", client.database(), database, columns, values);
    add("ch_target", client.target(), target, columns, values);
    if (columns.size() > before && client.status() != ClientStatus.PENDING) {
      throw new StepFailed(
          "%s is %s: its database and target are fixed since it was provisioned; a new client can have others"
              .formatted(client.clientId(), client.status().text()));
    }
    if (maxEventsPerMinute != null) {
      Integer limit = maxEventsPerMinute == NO_LIMIT ? null : maxEventsPerMinute;
      if (!Objects.equals(limit, client.maxEventsPerMinute())) {
        columns.add("max_events_per_minute");
        values.add(limit);
      }
    }
  }

  private static void add(
      String column,
      Object now,
      @Nullable Object wanted,
      List<String> columns,
      List<@Nullable Object> values) {
    if (wanted != null && !wanted.equals(now)) {
      columns.add(column);
      values.add(wanted);
    }
  }
}
