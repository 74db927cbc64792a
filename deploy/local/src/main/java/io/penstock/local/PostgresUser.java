package io.penstock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.stream.Stream;

/**
 * PostgreSQL refuses to run as root. Under root it is started in a user namespace of its own, where
 * it is not root and still owns its files; where the system does not allow that (many containers),
 * as the user {@code nobody}.
 */
final class PostgresUser {
  private static final String NOBODY = "nobody";
  private static final List<String> NAMESPACE = List.of("unshare", "--user");

  private PostgresUser() {}

  /** What to put before a command of PostgreSQL's; nothing for a normal user. */
  static List<String> prefix(Path dir, Path programs) {
    if (!Machine.isRoot()) {
      return List.of();
    }
    if (hasNamespaces()) {
      return NAMESPACE;
    }
    requireEntrance(dir);
    requireEntrance(programs);
    return List.of("setpriv", "--reuid=" + NOBODY, "--regid=65534", "--clear-groups");
  }

  /** Makes the files PostgreSQL's own where it runs as another user. */
  static void handOver(Path dir) throws IOException {
    if (!Machine.isRoot() || hasNamespaces()) {
      return;
    }
    var nobody = dir.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(NOBODY);
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.toList()) {
        Files.setOwner(file, nobody);
      }
    }
  }

  private static boolean hasNamespaces() {
    return Machine.succeeds(Stream.concat(NAMESPACE.stream(), Stream.of("true")).toList());
  }

  private static void requireEntrance(Path dir) {
    for (Path folder = dir.getParent(); folder != null; folder = folder.getParent()) {
      try {
        if (!Files.getPosixFilePermissions(folder).contains(PosixFilePermission.OTHERS_EXECUTE)) {
          throw new LocalStackException(
              "PostgreSQL does not run as root, and the user nobody cannot enter "
                  + folder
                  + ": run Penstock as a normal user, or point PENSTOCK_LOCAL_DIR and"
                  + " PENSTOCK_CACHE_DIR to folders that everyone may enter.");
        }
      } catch (IOException e) {
        throw new LocalStackException("Cannot look at " + folder + ": " + e, e);
      }
    }
  }
}
