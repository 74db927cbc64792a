package io.penstock.core.config;

/**
 * Where metrics and health are served.
 *
 * @param port 0 for a free one
 */
public record HttpConfig(String host, int port) {
  /** Reads the keys. */
  public static HttpConfig from(ConfigReader reader) {
    return new HttpConfig(reader.get(ConfigKeys.HTTP_HOST), reader.get(ConfigKeys.HTTP_PORT));
  }
}
