package io.penstock.core.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How log lines are written. */
public enum LogFormat {
  TEXT,
  JSON;

  /** The environment variable that says it, read by logback's configurations, too. */
  public static final String VARIABLE = "PENSTOCK_LOG_FORMAT";

  private static final ConfigType<LogFormat> TYPE = ConfigType.oneOf(LogFormat.class);

  /** What the environment says; {@link #TEXT} where it says nothing, or something else. */
  public static LogFormat of(Map<String, String> environment) {
    return of(environment.getOrDefault(VARIABLE, ""));
  }

  /** The format of this name; {@link #TEXT} if there is none: the configuration is refused then. */
  public static LogFormat of(String name) {
    return JSON.is(name) ? JSON : TEXT;
  }

  private boolean is(String name) {
    return TYPE.formatter().apply(this).equals(name);
  }

  /** What is wrong with the environment's value; null: nothing. */
  static @Nullable String problem(Map<String, String> environment) {
    String name = environment.getOrDefault(VARIABLE, "");
    return name.isBlank() || TEXT.is(name) || JSON.is(name)
        ? null
        : "%s: \"%s\" is not %s".formatted(VARIABLE, name, TYPE.description());
  }
}
