package io.penstock.core.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The raw settings under their property names: those of the file that {@code PENSTOCK_CONFIG_FILE}
 * names, overridden by the environment. An empty value counts as not set, as {@code ${VARIABLE:-}}
 * in compose files produces it. Immutable.
 */
public final class ConfigSource {
  /** The environment variable that names a properties file (UTF-8). */
  public static final String FILE_VARIABLE = "PENSTOCK_CONFIG_FILE";

  private static final String ENVIRONMENT_PREFIX = "PENSTOCK_";

  /** What the variables of ClickHouse targets' passwords begin with, unless it is not PENSTOCK_. */
  public static final String TARGET_PREFIX = "PENSTOCK_TARGET_";

  /**
   * Variables that are no settings: those of the local stack and its engine, which have a README of
   * their own, and targets' passwords, which PostgreSQL's table of targets names.
   */
  private static final List<String> OTHER_PREFIXES =
      List.of("PENSTOCK_LOCAL_", "PENSTOCK_ENGINE_", TARGET_PREFIX);

  /**
   * What Kubernetes adds to every pod for a Service whose name begins with "penstock"; a {@code
   * _PORT} counts only when its value is a URL, as it is there.
   */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "PENSTOCK_\\w*?(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

  /** A setting's text and where it was found, as shown in messages. */
  record Raw(String text, String origin) {}

  private final Map<String, Raw> values;
  private final List<String> problems;

  private ConfigSource(Map<String, Raw> values, List<String> problems) {
    this.values = Collections.unmodifiableMap(values);
    this.problems = List.copyOf(problems);
  }

  /**
   * Settings of a process: pass {@link System#getenv()}. A file that cannot be read is reported by
   * the reader.
   */
  public static ConfigSource fromEnvironment(Map<String, String> environment) {
    Map<String, Raw> values = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    String file = environment.get(FILE_VARIABLE);
    if (file != null && !file.isBlank()) {
      readFile(Path.of(file), values, problems);
    }
    String format = LogFormat.problem(environment);
    if (format != null) {
      problems.add(format);
    }
    environment.forEach((name, text) -> {
      if (name.startsWith(ENVIRONMENT_PREFIX)
          && OTHER_PREFIXES.stream().noneMatch(name::startsWith)
          && !ConfigKeys.PROCESS_VARIABLES.containsKey(name)
          && !isServiceLink(name, text)
          && !text.isBlank()) {
        values.put(ConfigKey.propertyName(name), new Raw(text, name));
      }
    });
    return new ConfigSource(values, problems);
  }

  /** Settings given by property name, for tests and for programs that start others. */
  public static ConfigSource of(Map<String, String> properties) {
    Map<String, Raw> values = new TreeMap<>();
    properties.forEach((name, text) -> put(values, name, text, name));
    return new ConfigSource(values, List.of());
  }

  private static void readFile(Path file, Map<String, Raw> values, List<String> problems) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      problems.add(
          FILE_VARIABLE + ": cannot read " + file + " (" + e.getClass().getSimpleName() + ")");
      return;
    }
    for (String name : properties.stringPropertyNames()) {
      put(values, name, properties.getProperty(name), name + " (in " + file + ")");
    }
  }

  private static void put(Map<String, Raw> values, String name, String text, String origin) {
    if (!text.isBlank()) {
      values.put(name, new Raw(text, origin));
    }
  }

  private static boolean isServiceLink(String name, String text) {
    return SERVICE_LINK.matcher(name).matches()
        || (name.endsWith("_PORT") && text.matches("(tcp|udp|sctp)://.*"));
  }

  @Nullable Raw get(String name) {
    return values.get(name);
  }

  Map<String, Raw> values() {
    return values;
  }

  List<String> problems() {
    return problems;
  }
}
