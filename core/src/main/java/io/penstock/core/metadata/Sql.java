package io.penstock.core.metadata;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements against PostgreSQL with less ceremony. Parameters are always bound, never joined in.
 */
public final class Sql {
  private Sql() {}

  /** Reads one row. */
  public interface RowReader<T> {
    /** Reads columns of the row; does not move on. */
    T read(ResultSet row) throws SQLException;
  }

  /** What a transaction does. */
  public interface Work<T> {
    /** Runs inside the transaction. */
    T run() throws SQLException;
  }

  /** Every row. An {@link Instant} parameter becomes a {@code timestamptz}. */
  public static <T> List<T> query(
      Connection connection, String sql, RowReader<T> reader, @Nullable Object... parameters)
      throws SQLException {
    try (PreparedStatement select = prepare(connection, sql, parameters);
        ResultSet rows = select.executeQuery()) {
      return read(rows, reader);
    }
  }

  /** Every row that a statement without parameters has, of any database. */
  public static <T> List<T> query(Statement statement, String sql, RowReader<T> reader)
      throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      return read(rows, reader);
    }
  }

  private static <T> List<T> read(ResultSet rows, RowReader<T> reader) throws SQLException {
    List<T> found = new ArrayList<>();
    while (rows.next()) {
      found.add(reader.read(rows));
    }
    return found;
  }

  /** The first row, or null if there is none. */
  public static <T> @Nullable T first(
      Connection connection, String sql, RowReader<T> reader, @Nullable Object... parameters)
      throws SQLException {
    List<T> rows = query(connection, sql, reader, parameters);
    return rows.isEmpty() ? null : rows.getFirst();
  }

  /** How many rows changed. */
  public static int update(Connection connection, String sql, @Nullable Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, parameters)) {
      return statement.executeUpdate();
    }
  }

  /** The same change with each of these parameters, in one question. */
  public static void batch(Connection connection, String sql, List<@Nullable Object[]> parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (@Nullable Object[] one : parameters) {
        bind(statement, one);
        statement.addBatch();
      }
      var _ = statement.executeBatch();
    }
  }

  /** All or nothing; whatever is thrown rolls back and goes on to the caller. */
  public static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
    connection.setAutoCommit(false);
    T result;
    try {
      result = work.run();
      connection.commit();
    } catch (Throwable thrown) {
      rollBack(connection, thrown);
      throw thrown;
    }
    connection.setAutoCommit(true);
    return result;
  }

  /**
   * Where it fails, automatic commits stay off: to switch them on would commit what could not be
   * taken back.
   */
  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
      connection.setAutoCommit(true);
    } catch (SQLException | RuntimeException alsoFailed) {
      cause.addSuppressed(alsoFailed);
    }
  }

  private static PreparedStatement prepare(
      Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    bind(statement, parameters);
    return statement;
  }

  private static void bind(PreparedStatement statement, @Nullable Object... parameters)
      throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      Object parameter = parameters[i];
      statement.setObject(
          i + 1,
          parameter instanceof Instant instant
              ? OffsetDateTime.ofInstant(instant, ZoneOffset.UTC)
              : parameter);
    }
  }

  /** A {@code timestamptz} column that cannot be null. */
  public static Instant time(ResultSet row, String column) throws SQLException {
    return row.getTimestamp(column).toInstant();
  }

  /** A {@code timestamptz} column, or null. */
  public static @Nullable Instant maybeTime(ResultSet row, String column) throws SQLException {
    Timestamp timestamp = row.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }
}
