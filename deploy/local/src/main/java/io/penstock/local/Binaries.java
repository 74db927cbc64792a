package io.penstock.local;

import io.penstock.core.client.Sha256;
import io.penstock.local.npm.CacheFolder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The servers' binaries: resources of the class path, unpacked once to the cache folder under a
 * name that holds their digest, so another version never meets the files of this one. Several
 * processes may unpack at once: one does, the others wait.
 */
final class Binaries {
  private Binaries() {}

  /** The folder with the unpacked .txz archive. */
  static Path archive(String name, String resource) throws IOException {
    return unpack(name, resource, Binaries::untar);
  }

  /** The folder with the resource as one executable file of the given name. */
  static Path program(String name, String resource) throws IOException {
    return unpack(
        name,
        resource,
        (in, dir) -> {
          Path program = dir.resolve(name);
          Files.copy(in, program);
          Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        });
  }

  private static Path unpack(String name, String resource, Unpacking unpacking) throws IOException {
    Path folder = CacheFolder.of(System.getenv()).resolve(name + "-" + digest(resource));
    CacheFolder.fill(
        folder,
        Files::isDirectory,
        () -> {},
        part -> {
          try (InputStream in = open(resource)) {
            unpacking.unpack(in, part);
          }
        });
    return folder;
  }

  private static void untar(InputStream txz, Path dir) throws IOException {
    try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(txz)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = dir.resolve(entry.getName()).normalize();
        if (!path.startsWith(dir)) {
          throw new IOException("Archive entry outside of its folder: " + entry.getName());
        }
        Path parent = path.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
          Files.copy(tar, path);
          boolean executable = (entry.getMode() & 0100) != 0;
          Files.setPosixFilePermissions(
              path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        }
      }
    }
  }

  private static String digest(String resource) throws IOException {
    try (var in = new DigestInputStream(open(resource), Sha256.digest())) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, 6);
    }
  }

  private static InputStream open(String resource) {
    InputStream in = Binaries.class.getResourceAsStream("/" + resource);
    if (in == null) {
      throw new LocalStackException(
          resource + " is not on the class path: the build has no binaries for this machine.");
    }
    return in;
  }

  @FunctionalInterface
  private interface Unpacking {
    void unpack(InputStream in, Path dir) throws IOException;
  }
}
