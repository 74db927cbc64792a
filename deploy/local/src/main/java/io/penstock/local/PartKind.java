package io.penstock.local;

import java.util.Locale;

/** The servers that make up a stack. */
public enum PartKind {
  KAFKA("Kafka"),
  POSTGRES("PostgreSQL"),
  REDIS("Redis"),
  CLICKHOUSE("ClickHouse");

  private final String title;

  PartKind(String title) {
    this.title = title;
  }

  /** What people call it. */
  public String title() {
    return title;
  }

  /** Its name in commands, file names and the state file. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
