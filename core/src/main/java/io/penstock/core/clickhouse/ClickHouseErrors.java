package io.penstock.core.clickhouse;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one place that says what ClickHouse's error codes mean for delivery, shared by the router and
 * the reprocessor. Codes: ClickHouse's {@code src/Common/ErrorCodes.cpp}.
 */
public final class ClickHouseErrors {
  /** Stands for a failure that carried no code of the server: a broken connection, a time-out. */
  public static final int NETWORK = 210;

  private static final Pattern COLUMN =
      Pattern.compile("(?i)\\bcolumn(?: values)?[: ]+[`'\"]?([A-Za-z_][A-Za-z0-9_.]*)");

  private ClickHouseErrors() {}

  /**
   * Classifies a code. What is not known is taken for the client's own trouble: never retried for
   * ever, and never dropped.
   */
  public static ErrorClass classify(int code) {
    return switch (code) {
      case 159, // TIMEOUT_EXCEEDED
          164, // READONLY
          202, // TOO_MANY_SIMULTANEOUS_QUERIES
          203, // NO_FREE_CONNECTION
          209, // SOCKET_TIMEOUT
          210, // NETWORK_ERROR
          236, // ABORTED
          241, // MEMORY_LIMIT_EXCEEDED
          242, // TABLE_IS_READ_ONLY
          252, // TOO_MANY_PARTS
          254, // PART_IS_TEMPORARILY_LOCKED
          285, // TOO_FEW_LIVE_REPLICAS
          286, // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
          289, // REPLICA_IS_NOT_IN_QUORUM
          319, // UNKNOWN_STATUS_OF_INSERT
          999 -> // KEEPER_EXCEPTION
          ErrorClass.RETRYABLE;
      case 6, // CANNOT_PARSE_TEXT
          26, // CANNOT_PARSE_QUOTED_STRING
          27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
          33, // CANNOT_READ_ALL_DATA
          38, // CANNOT_PARSE_DATE
          41, // CANNOT_PARSE_DATETIME
          53, // TYPE_MISMATCH
          72, // CANNOT_PARSE_NUMBER
          117, // INCORRECT_DATA
          131, // TOO_LARGE_STRING_SIZE
          321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
          349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
          469 -> // VIOLATED_CONSTRAINT
          ErrorClass.ROWS;
      default -> ErrorClass.CLIENT;
    };
  }

  /**
   * Whether a retryable failure says something of the whole server rather than of the one table
   * that was asked for: it is overloaded, it stops, or it could not be reached.
   */
  public static boolean concernsServer(int code) {
    return switch (code) {
      case 159, 164, 202, 203, 209, 210, 236, 241, 999 -> true;
      default -> false;
    };
  }

  /** The column that a message of the server names, or "". */
  public static String column(String message) {
    Matcher matcher = COLUMN.matcher(message);
    return matcher.find() ? matcher.group(1) : "";
  }
}
