package io.penstock.local;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The file that a part's output is appended to. */
final class PartLog {
  private static final long ROTATE_BYTES = 16L << 20;
  private static final int TAIL_BYTES = 16 << 10;

  private final Path file;
  private volatile long runStart;

  PartLog(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  /** Called before each start: keeps one older file, and marks where this run's lines begin. */
  void beginRun() throws IOException {
    OwnerOnly.folder(requireNonNull(file.getParent()));
    if (Files.exists(file) && Files.size(file) > ROTATE_BYTES) {
      Path older = file.resolveSibling(file.getFileName() + ".1");
      Files.move(file, older, StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.exists(file)) {
      OwnerOnly.file(file);
    }
    runStart = Files.size(file);
  }

  /**
   * The last lines of this run (of the file, where this JVM did not start the run), oldest first.
   */
  List<String> lastLines(int count) {
    try (var in = new RandomAccessFile(file.toFile(), "r")) {
      long from = Math.max(Math.min(runStart, in.length()), in.length() - TAIL_BYTES);
      byte[] tail = new byte[(int) (in.length() - from)];
      in.seek(from);
      in.readFully(tail);
      List<String> lines = new String(tail, StandardCharsets.UTF_8).lines().toList();
      return lines.subList(Math.max(0, lines.size() - count), lines.size());
    } catch (IOException e) {
      return List.of();
    }
  }
}
