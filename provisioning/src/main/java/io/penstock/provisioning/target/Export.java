package io.penstock.provisioning.target;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.provisioning.job.StepFailed;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a client's events to files, one for each month, each event once. A file has its final name
 * only when it is whole and on disk.
 */
public final class Export {
  private static final int COPY_BYTES = 1 << 16;

  private final ClickHouseServer server;
  private final Path folder;
  private final Format format;

  /** What ClickHouse and others can read. */
  public enum Format {
    /** Columns with types; nearly everything reads it. */
    PARQUET("Parquet", "parquet"),
    /** ClickHouse's own: the quickest to read back. */
    NATIVE("Native", "native");

    private final String name;
    private final String extension;

    /** As an option has it. */
    public String text() {
      return extension;
    }

    Format(String name, String extension) {
      this.name = name;
      this.extension = extension;
    }
  }

  /** The file could not be written; ClickHouse did its part. */
  static final class FileFailedException extends IOException {
    private static final long serialVersionUID = 1;

    FileFailedException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** One file and the events in it. */
  public record Exported(Path file, long events) {}

  /**
   * @param folder is created; files of an earlier export there are replaced
   */
  public Export(ClickHouseServer server, Path folder, Format format) {
    this.server = server;
    this.folder = folder;
    this.format = format;
  }

  /**
   * Exports the table {@code events_base} of a database.
   *
   * @throws StepFailed if ClickHouse refuses, or the disk does not take it
   */
  public List<Exported> run(String database) throws StepFailed {
    String table = ClickHouseClients.quoted(database) + ".events_base";
    try {
      Files.createDirectories(folder);
      List<Exported> files = new ArrayList<>();
      for (String month : months(database)) {
        files.add(export(table, database, month));
      }
      return files;
    } catch (IOException | SQLException e) {
      throw new StepFailed("the export to " + folder + " failed: " + StepFailed.firstLine(e), e);
    }
  }

  /** Partitions by the contract of V001: named by year and month. */
  private List<String> months(String database) throws SQLException {
    return server.query(
        "SELECT DISTINCT partition_id FROM system.parts WHERE active AND database = "
            + ClickHouseClients.literal(database)
            + " AND table = 'events_base' ORDER BY partition_id",
        row -> row.getString(1));
  }

  private Exported export(String table, String database, String month)
      throws SQLException, IOException, StepFailed {
    if (!month.matches("[0-9a-zA-Z-]+")) {
      throw new StepFailed("the table " + table + " has an odd partition, " + month);
    }
    String from = " FROM " + table + " FINAL WHERE _partition_id = '" + month + "'";
    long events = server.query("SELECT count()" + from, row -> row.getLong(1)).getFirst();
    Path file = folder.resolve("%s.%s.%s".formatted(database, month, format.extension));
    Path unfinished = folder.resolve(file.getFileName() + ".unfinished");
    server.download("SELECT *" + from, format.name, rows -> copy(rows, unfinished));
    try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    var _ =
        Files.move(
            unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return new Exported(file, events);
  }

  /** Copies rows to a file. A full disk is told apart from a failure of ClickHouse. */
  private static void copy(InputStream rows, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] buffer = new byte[COPY_BYTES];
      for (int n = rows.read(buffer); n >= 0; n = rows.read(buffer)) {
        try {
          out.write(buffer, 0, n);
        } catch (IOException e) {
          throw new FileFailedException(e);
        }
      }
    }
  }
}
