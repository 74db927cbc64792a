package io.penstock.dlq.command;

import io.penstock.core.cli.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/** The files of {@code postgres/sql}, applied to an empty database as Flyway would. */
public final class MetadataSql {
  private MetadataSql() {}

  public static void applyAll(Statement statement) throws IOException, SQLException {
    for (Path file : files()) {
      statement.execute(Files.readString(file));
    }
  }

  /** In the order of their versions. */
  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Home.find().resolve("postgres/sql"))) {
      return files.filter(file -> file.toString().endsWith(".sql")).sorted().toList();
    }
  }
}
