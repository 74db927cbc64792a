package io.penstock.core.config;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One setting: declared once in {@link ConfigKeys}, read through {@link ConfigReader}, documented
 * from here.
 *
 * @param name lower-case words joined by dots, so that the environment's name and this one convert
 *     into each other
 * @param defaultValue null if there is none
 * @param required whether the applications that read it cannot do without; a key is never both
 *     required and defaulted
 * @param description one or more sentences for the documentation
 */
public record ConfigKey<T>(
    String name,
    ConfigType<T> type,
    @Nullable T defaultValue,
    boolean required,
    String description) {
  private static final Pattern NAME = Pattern.compile("penstock(\\.[a-z][a-z0-9]*)+");

  /** Refuses a name that has no environment form. */
  public ConfigKey {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a configuration key's name: " + name);
    }
    if (required && defaultValue != null) {
      throw new IllegalArgumentException("both required and defaulted: " + name);
    }
  }

  /** The environment variable that sets this key. */
  public String environmentName() {
    return environmentName(name);
  }

  /** Whether values are masked and may come from a file. */
  public boolean secret() {
    return type.placeholder() instanceof Secret;
  }

  /** The environment variable that sets the key of this name. */
  public static String environmentName(String propertyName) {
    return propertyName.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  static String propertyName(String environmentName) {
    return environmentName.toLowerCase(Locale.ROOT).replace('_', '.');
  }
}
