package io.penstock.core.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads settings and collects what is wrong with them instead of stopping at the first problem.
 * Where a value is missing or wrong the type's placeholder is returned, which {@link #load} never
 * lets out.
 *
 * <p>Not thread-safe; lives as long as one {@link #load}.
 */
public final class ConfigReader {
  private static final Pattern SENSITIVE =
      Pattern.compile("password|secret|jaas|token|key|credential", Pattern.CASE_INSENSITIVE);
  private static final String FILE_SUFFIX = ".file";

  private final ConfigSource source;
  private final List<String> problems;
  private final Map<String, Setting> settings = new TreeMap<>();

  /**
   * One setting as the application uses it.
   *
   * @param shown the value, masked where it is a secret
   * @param origin the variable or file it came from, or "default"
   */
  public record Setting(String name, String shown, String origin) {
    @Override
    public String toString() {
      return name + " = " + shown + " (" + origin + ")";
    }
  }

  /**
   * An application's configuration.
   *
   * @param settings what was read, sorted by name, to be logged at start
   */
  public record Loaded<T>(T config, List<Setting> settings) {}

  private ConfigReader(ConfigSource source) {
    this.source = source;
    this.problems = new ArrayList<>(source.problems());
  }

  /**
   * Lets {@code assemble} read what the application needs.
   *
   * @throws ConfigException with every problem: those of the values that were read, and every name
   *     that no application knows
   */
  public static <T> Loaded<T> load(ConfigSource source, Function<ConfigReader, T> assemble) {
    ConfigReader reader = new ConfigReader(source);
    reader.reportUnknown();
    T config = assemble.apply(reader);
    if (!reader.problems.isEmpty()) {
      throw source.values().isEmpty() && source.problems().isEmpty()
          ? ConfigException.nothingSet()
          : new ConfigException(reader.problems);
    }
    return new Loaded<>(config, List.copyOf(reader.settings.values()));
  }

  /** The value of a required or defaulted key. */
  public <T> T get(ConfigKey<T> key) {
    if (!key.required() && key.defaultValue() == null) {
      throw new IllegalArgumentException(key.name() + " is optional: use find");
    }
    T value = read(key);
    if (value != null) {
      return value;
    }
    T defaultValue = key.defaultValue();
    if (defaultValue != null) {
      show(key.name(), key.type().formatter().apply(defaultValue), "default");
      return defaultValue;
    }
    if (source.get(key.name()) == null && !fileGiven(key)) {
      problems.add(
          key.environmentName() + " (" + key.name() + "): is not set; " + key.description());
    }
    return key.type().placeholder();
  }

  /** The value of an optional key, or null where it is not set. */
  public <T> @Nullable T find(ConfigKey<T> key) {
    if (key.required() || key.defaultValue() != null) {
      throw new IllegalArgumentException(key.name() + " always has a value: use get");
    }
    return read(key);
  }

  /** Whether the operator gave a value for it. */
  boolean isSet(ConfigKey<?> key) {
    return source.get(key.name()) != null;
  }

  /**
   * Every setting under a prefix, by what follows it. One with a secret's name may come from a
   * file, as {@code name.file}.
   *
   * @param known tells the names that mean something themselves, so that {@code x.file} of another
   *     system stays what it is
   */
  public Map<String, String> prefixed(String prefix, Predicate<String> known) {
    Map<String, String> found = new TreeMap<>();
    source
        .values()
        .forEach((name, raw) -> {
          if (!name.startsWith(prefix) || name.length() == prefix.length()) {
            return;
          }
          String rest = name.substring(prefix.length());
          String base = withoutFileSuffix(rest);
          if (base != null && sensitive(base) && !known.test(rest)) {
            Secret content = readFile(raw);
            if (source.get(prefix + base) != null) {
              problems.add(raw.origin() + ": contradicts " + base + ", which is set too");
            } else if (content != null) {
              found.put(base, content.reveal());
              show(prefix + base, Secret.MASK, raw.origin());
            }
            return;
          }
          found.put(rest, raw.text());
          show(name, sensitive(rest) ? Secret.MASK : raw.text(), raw.origin());
        });
    return Collections.unmodifiableMap(found);
  }

  /**
   * Adds a problem of several settings together; begin with the setting to change. Must not hold a
   * secret's text.
   */
  public void problem(String message) {
    problems.add(message);
  }

  /** Whether a setting of this name holds, by its name, something to mask. */
  static boolean sensitive(String name) {
    return SENSITIVE.matcher(name).find();
  }

  private <T> @Nullable T read(ConfigKey<T> key) {
    ConfigSource.Raw raw = source.get(key.name());
    if (key.secret() && fileGiven(key)) {
      ConfigSource.Raw file = source.get(key.name() + FILE_SUFFIX);
      if (raw != null) {
        problems.add(
            raw.origin() + ": contradicts " + key.name() + FILE_SUFFIX + ", which is set too");
        return null;
      }
      Secret content = file == null ? null : readFile(file);
      raw =
          content == null || file == null
              ? null
              : new ConfigSource.Raw(content.reveal(), file.origin());
    }
    if (raw == null) {
      return null;
    }
    try {
      T value = key.type().parser().apply(key.secret() ? raw.text() : raw.text().strip());
      show(key.name(), key.type().formatter().apply(value), raw.origin());
      return value;
    } catch (IllegalArgumentException e) {
      String shown = key.secret() ? Secret.MASK : "\"" + raw.text() + "\"";
      problems.add(raw.origin() + ": " + shown + " " + e.getMessage());
      return null;
    }
  }

  private boolean fileGiven(ConfigKey<?> key) {
    return key.secret() && source.get(key.name() + FILE_SUFFIX) != null;
  }

  private @Nullable Secret readFile(ConfigSource.Raw file) {
    try {
      String content = Files.readString(Path.of(file.text()));
      return Secret.of(content.endsWith("\n") ? content.stripTrailing() : content);
    } catch (IOException | IllegalArgumentException e) {
      problems.add(
          file.origin()
              + ": cannot read "
              + file.text()
              + " ("
              + e.getClass().getSimpleName()
              + ")");
      return null;
    }
  }

  private void show(String name, String shown, String origin) {
    settings.put(name, new Setting(name, shown, origin));
  }

  private void reportUnknown() {
    source
        .values()
        .forEach((name, raw) -> {
          if (!ConfigKeys.isKnown(name)) {
            String near = NearMatch.of(name, ConfigKeys.names());
            problems.add(
                raw.origin()
                    + ": is not a setting of Penstock"
                    + (near == null ? "" : "; did you mean " + inFormOf(raw.origin(), near) + "?"));
          }
        });
  }

  private static String inFormOf(String origin, String name) {
    return origin.startsWith("PENSTOCK_") ? ConfigKey.environmentName(name) : name;
  }

  static @Nullable String withoutFileSuffix(String name) {
    return name.endsWith(FILE_SUFFIX)
        ? name.substring(0, name.length() - FILE_SUFFIX.length())
        : null;
  }
}
