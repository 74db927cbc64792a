package io.penstock.core.config;

/**
 * Where metrics and health are served.
 *
 * @param port 0 for a free one
 * @param portSetting the name of the setting that the port comes from, for messages
 */
public record HttpConfig(String host, int port, String portSetting) {
  /**
   * Reads the keys.
   *
   * @param own the process's own port; where it is not set, {@link ConfigKeys#HTTP_PORT} holds
   */
  public static HttpConfig from(ConfigReader reader, ConfigKey<Integer> own) {
    String host = reader.get(ConfigKeys.HTTP_HOST);
    if (!reader.isSet(own)) {
      Integer shared = reader.find(ConfigKeys.HTTP_PORT);
      if (shared != null) {
        return new HttpConfig(host, shared, ConfigKeys.HTTP_PORT.name());
      }
    }
    return new HttpConfig(host, reader.get(own), own.name());
  }
}
