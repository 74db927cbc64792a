package io.penstock.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * What a stack remembers between commands: each part's port, the process that serves it, and the
 * secrets that Penstock's processes share. Kept in one properties file that only its owner reads,
 * replaced as a whole on each change. Safe for use by several threads; several processes are kept
 * apart by {@link StackLock}.
 */
final class StackState {
  private static final int SECRET_BYTES = 32;

  private final Path file;
  private final Map<String, String> entries;

  private StackState(Path file, Map<String, String> entries) {
    this.file = file;
    this.entries = entries;
  }

  /** Reads the file; one that is absent is an empty state. */
  static StackState read(Path file) {
    try {
      return new StackState(file, PropertiesFile.read(file));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  /** The part's port of last time, 0 if it never had one. */
  synchronized int port(String name) {
    return (int) number(name + ".port");
  }

  /** The process that was started last for the part, unless it was stopped since. */
  synchronized Optional<ProcessId> process(PartKind kind) {
    long pid = number(kind.id() + ".pid");
    String started = entries.get(kind.id() + ".started");
    if (pid == 0 || started == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ProcessId(pid, Instant.parse(started)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * The secret of this name: 64 digits, made when it is first asked for. Processes that were
   * started at different times have to agree on it.
   */
  synchronized String secret(String name) {
    String key = name + ".secret";
    String known = entries.get(key);
    if (known == null) {
      // Another process may have made it since this one read the file.
      known = read(file).entries.get(key);
    }
    if (known == null) {
      byte[] random = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(random);
      known = HexFormat.of().formatHex(random);
    }
    if (!known.equals(entries.put(key, known))) {
      save();
    }
    return known;
  }

  synchronized void rememberPort(String name, int port) {
    entries.put(name + ".port", Integer.toString(port));
    save();
  }

  synchronized void rememberProcess(PartKind kind, ProcessId process) {
    entries.put(kind.id() + ".pid", Long.toString(process.pid()));
    entries.put(kind.id() + ".started", process.started().toString());
    save();
  }

  synchronized void forgetProcess(PartKind kind) {
    entries.remove(kind.id() + ".pid");
    entries.remove(kind.id() + ".started");
    save();
  }

  private long number(String key) {
    try {
      return Long.parseLong(entries.getOrDefault(key, "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void save() {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      PropertiesFile.write(file, "Written by Penstock: what \"local down\" may end.", entries);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }
}
