package io.penstock.local.engine;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What the engine says of itself, asked once at start for the response headers. */
record ServerIdentity(
    String version, String timezone, String displayName, boolean compressesByDefault) {

  static ServerIdentity ask(EngineConnection connection) {
    byte[] sql =
        "SELECT version(), timezone(), hostName(), getSetting('enable_http_compression')"
            .getBytes(StandardCharsets.UTF_8);
    try (var result = connection.query(sql, "TabSeparated", Map.of())) {
      byte[] row = result.data().toArray(ValueLayout.JAVA_BYTE);
      String[] fields = new String(row, StandardCharsets.UTF_8).strip().split("\t", -1);
      return new ServerIdentity(
          fields[0], fields[1], fields[2], fields[3].equals("true") || fields[3].equals("1"));
    } catch (EngineException failure) {
      throw new EngineStartException(failure.text(), failure);
    }
  }
}
