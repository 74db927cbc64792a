package io.penstock.provisioning.schema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All files of {@code clickhouse/migrations}. Immutable.
 *
 * @param common those for every client, in order of version
 * @param byClient those of {@code clients/<client_id>}, in order of version
 */
public record Migrations(List<Migration> common, Map<String, List<Migration>> byClient) {
  private static final String CLIENTS = "clients";

  /** Copies what it is given. */
  public Migrations {
    common = List.copyOf(common);
    byClient = Collections.unmodifiableMap(new TreeMap<>(byClient));
  }

  /**
   * Reads the folder.
   *
   * @throws Migration.MigrationException if a file is not named as it should, or two have one
   *     version
   * @throws IOException if a folder cannot be read
   */
  public static Migrations load(Path folder) throws IOException {
    Map<String, List<Migration>> byClient = new TreeMap<>();
    Path clients = folder.resolve(CLIENTS);
    if (Files.isDirectory(clients)) {
      try (Stream<Path> folders = Files.list(clients)) {
        for (Path client : folders.filter(Files::isDirectory).toList()) {
          byClient.put(
              String.valueOf(client.getFileName()), Migration.load(client, Migration.Scope.CLIENT));
        }
      }
    }
    return new Migrations(Migration.load(folder), byClient);
  }

  /** A client's file, below the folder of migrations. */
  static String inFolder(Path file) {
    int names = file.getNameCount();
    return CLIENTS + "/" + file.subpath(names - 2, names);
  }

  /** What a client's database gets, in order: first what all have, then its own. */
  public List<Migration> of(String clientId) {
    List<Migration> migrations = new ArrayList<>(common);
    migrations.addAll(byClient.getOrDefault(clientId, List.of()));
    return migrations;
  }

  /** The version that every client should have. */
  public int newest() {
    return common.getLast().version();
  }

  /** Names of folders below {@code clients}, by name. */
  public Set<String> clientFolders() {
    return byClient.keySet();
  }
}
