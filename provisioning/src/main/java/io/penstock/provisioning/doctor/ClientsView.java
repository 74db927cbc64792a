package io.penstock.provisioning.doctor;

import io.penstock.provisioning.schema.Migration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL, ClickHouse, Redis and the files say of clients, side by side.
 *
 * @param targets the ClickHouse targets that answered, by name
 * @param targetNames all that there are, answering or not
 * @param stale clients of which Redis holds something else, by id; null: Redis did not answer
 * @param migrations files for all clients
 * @param own files for one client each, by id
 */
record ClientsView(
    PostgresFacts.Metadata metadata,
    Map<String, ClickHouseFacts> targets,
    Set<String> targetNames,
    @Nullable List<String> stale,
    List<Migration> migrations,
    Map<String, List<Migration>> own) {
  /**
   * Reads the files of single clients; a folder of nobody's name is not looked at.
   *
   * @param folder of the migrations
   */
  static Map<String, List<Migration>> own(Path folder, PostgresFacts.Metadata metadata)
      throws IOException {
    Map<String, List<Migration>> own = new HashMap<>();
    for (PostgresFacts.Client client : metadata.clients()) {
      Path its = folder.resolve("clients").resolve(client.id());
      if (Files.isDirectory(its) && holdsMigration(its)) {
        own.put(client.id(), Migration.load(its));
      }
    }
    return own;
  }

  private static boolean holdsMigration(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.toString().endsWith(".sql"));
    }
  }
}
