package io.penstock.core.clickhouse;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one place that says what ClickHouse's error codes mean, shared by all applications. The codes
 * and names are those of ClickHouse's {@code src/Common/ErrorCodes.cpp}; a test compares them with
 * the engine's own list.
 */
public final class ClickHouseErrors {
  /** Stands for a failure that carried no code of the server: a broken connection, a time-out. */
  public static final int NETWORK = 210;

  private static final Pattern COLUMN =
      Pattern.compile("(?i)\\bcolumn(?: values)?[: ]+[`'\"]?([A-Za-z_][A-Za-z0-9_.]*)");

  private static final Map<Integer, Entry> BY_CODE = new TreeMap<>();

  /**
   * A code that is known.
   *
   * @param reason for an operator: what is the matter
   */
  public record Entry(int code, String name, ErrorClass errorClass, String reason) {}

  static {
    add(
        ErrorClass.SERVER,
        "there is no room on the server's disks, or they fail",
        """
        24 CANNOT_WRITE_TO_OSTREAM, 74 CANNOT_READ_FROM_FILE_DESCRIPTOR, 75 CANNOT_WRITE_TO_FILE_DESCRIPTOR, 76 CANNOT_OPEN_FILE,
        77 CANNOT_CLOSE_FILE, 88 CANNOT_TRUNCATE_FILE, 172 CANNOT_CREATE_DIRECTORY, 204 CANNOT_FSYNC, 214 CANNOT_STATVFS,
        243 NOT_ENOUGH_SPACE, 275 AIO_WRITE_ERROR, 294 CANNOT_WRITE_TO_FILE, 400 CANNOT_STAT, 424 CANNOT_LINK, 425 SYSTEM_ERROR,
        499 S3_ERROR, 500 AZURE_BLOB_STORAGE_ERROR, 531 CANNOT_FSTAT, 586 CANNOT_CREATE_FILE, 641 CANNOT_APPEND_TO_FILE,
        660 HDFS_ERROR, 693 AWS_ERROR, 707 GCP_ERROR, 737 GOOGLE_CLOUD_ERROR, 771 CACHE_CANNOT_WRITE_TO_CACHE_DISK,
        900 DISTRIBUTED_CACHE_ERROR, 901 CANNOT_USE_DISTRIBUTED_CACHE\
        """);
    add(
        ErrorClass.SERVER,
        "the server is overloaded",
        """
        173 CANNOT_ALLOCATE_MEMORY, 202 TOO_MANY_SIMULTANEOUS_QUERIES, 203 NO_FREE_CONNECTION, 364 RECEIVED_ERROR_TOO_MANY_REQUESTS,
        411 PTHREAD_ERROR, 439 CANNOT_SCHEDULE_TASK, 700 USER_SESSION_LIMIT_EXCEEDED, 745 SERVER_OVERLOADED,
        749 TCP_CONNECTION_LIMIT_REACHED, 762 HTTP_CONNECTION_LIMIT_REACHED, 776 RESOURCE_LIMIT_EXCEEDED\
        """);
    add(
        ErrorClass.SERVER,
        "the server starts or stops",
        """
        677 THREAD_WAS_CANCELED, 696 ASYNC_LOAD_CANCELED, 722 ASYNC_LOAD_WAIT_FAILED, 763 SESSION_REFUSED,
        903 DISTRIBUTED_CACHE_REGISTRY_SHUTDOWN, 1004 STARTUP_SCRIPTS_ERROR\
        """);
    add(
        ErrorClass.SERVER,
        "the server refuses the user that Penstock has there, whatever the database",
        """
        164 READONLY, 180 THERE_IS_NO_PROFILE, 192 UNKNOWN_USER, 193 WRONG_PASSWORD, 194 REQUIRED_PASSWORD, 195 IP_ADDRESS_NOT_ALLOWED,
        199 UNKNOWN_QUOTA, 201 QUOTA_EXCEEDED, 496 QUOTA_REQUIRES_CLIENT_KEY, 511 UNKNOWN_ROLE, 516 AUTHENTICATION_FAILED,
        720 USER_EXPIRED, 759 LICENSING_EXCEPTION, 767 REQUIRED_SECOND_FACTOR\
        """);
    add(
        ErrorClass.PASSING,
        "it took too long, needed too much memory, or was interrupted",
        """
        40 CHECKSUM_DOESNT_MATCH, 95 CANNOT_READ_FROM_SOCKET, 96 CANNOT_WRITE_TO_SOCKET, 159 TIMEOUT_EXCEEDED, 160 TOO_SLOW,
        198 DNS_ERROR, 209 SOCKET_TIMEOUT, 210 NETWORK_ERROR, 216 QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING, 225 NO_ZOOKEEPER, 236 ABORTED,
        241 MEMORY_LIMIT_EXCEEDED, 244 UNEXPECTED_ZOOKEEPER_ERROR, 271 CANNOT_DECOMPRESS, 279 ALL_CONNECTION_TRIES_FAILED, 394 QUERY_WAS_CANCELLED,
        410 EXTERNAL_SERVER_IS_NOT_RESPONDING, 568 RAFT_ERROR, 735 QUERY_WAS_CANCELLED_BY_CLIENT,
        777 MEMORY_RESERVATION_KILLED, 778 MEMORY_RESERVATION_FAILED, 999 KEEPER_EXCEPTION\
        """);
    add(
        ErrorClass.TABLE,
        "the table takes nothing for now",
        """
        235 DUPLICATE_DATA_PART, 242 TABLE_IS_READ_ONLY, 252 TOO_MANY_PARTS, 254 NO_ACTIVE_REPLICAS, 265 NO_AVAILABLE_REPLICA,
        285 TOO_FEW_LIVE_REPLICAS, 286 UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, 289 REPLICA_IS_NOT_IN_QUORUM,
        297 SHARD_HAS_NO_CONNECTIONS, 319 UNKNOWN_STATUS_OF_INSERT, 369 ALL_REPLICAS_ARE_STALE, 384 PART_IS_TEMPORARILY_LOCKED,
        415 ALL_REPLICAS_LOST, 416 REPLICA_STATUS_CHANGED, 473 DEADLOCK_AVOIDED, 519 NO_REMOTE_SHARD_AVAILABLE, 529 NOT_A_LEADER,
        571 DATABASE_REPLICATION_FAILED, 574 DISTRIBUTED_TOO_MANY_PENDING_BYTES, 587 CONCURRENT_ACCESS_NOT_SUPPORTED,
        659 UNKNOWN_STATUS_OF_TRANSACTION, 692 TOO_MANY_MUTATIONS, 733 TABLE_IS_BEING_RESTARTED, 738 PART_IS_LOCKED,
        904 TOO_MANY_UNAVAILABLE_SHARDS\
        """);
    add(
        ErrorClass.CLIENT,
        "the client's database, table or column is not there, or not as expected",
        """
        7 INCORRECT_NUMBER_OF_COLUMNS, 8 THERE_IS_NO_COLUMN, 10 NOT_FOUND_COLUMN_IN_BLOCK, 15 DUPLICATE_COLUMN, 16 NO_SUCH_COLUMN_IN_TABLE,
        20 NUMBER_OF_COLUMNS_DOESNT_MATCH, 44 ILLEGAL_COLUMN, 46 UNKNOWN_FUNCTION, 47 UNKNOWN_IDENTIFIER, 50 UNKNOWN_TYPE,
        60 UNKNOWN_TABLE, 63 UNKNOWN_AGGREGATE_FUNCTION, 81 UNKNOWN_DATABASE, 122 INCOMPATIBLE_COLUMNS, 156 DICTIONARIES_WAS_NOT_LOADED,
        218 TABLE_IS_DROPPED, 482 DICTIONARY_ACCESS_DENIED, 695 ASYNC_LOAD_FAILED, 741 TABLE_UUID_MISMATCH, 772 INCOMPATIBLE_SCHEMA,
        774 TABLE_IS_PERMANENTLY_READ_ONLY\
        """);
    add(
        ErrorClass.CLIENT,
        "the user that Penstock has there lacks a right",
        "291 DATABASE_ACCESS_DENIED, 392 QUERY_IS_PROHIBITED, 495 ACCESS_STORAGE_READONLY, 497 ACCESS_DENIED, 514 ACCESS_STORAGE_FOR_INSERTION_NOT_FOUND");
    add(
        ErrorClass.CLIENT,
        "the statement or a setting does not suit this server or table",
        """
        48 NOT_IMPLEMENTED, 62 SYNTAX_ERROR, 73 UNKNOWN_FORMAT, 115 UNKNOWN_SETTING, 452 SETTING_CONSTRAINT_VIOLATION, 472 READONLY_SETTING,
        764 DEDUPLICATION_IS_NOT_POSSIBLE\
        """);
    add(
        ErrorClass.ROWS,
        "a value is not what its column or an expression of the table takes",
        """
        6 CANNOT_PARSE_TEXT, 19 SIZE_OF_FIXED_STRING_DOESNT_MATCH, 25 CANNOT_PARSE_ESCAPE_SEQUENCE, 26 CANNOT_PARSE_QUOTED_STRING,
        27 CANNOT_PARSE_INPUT_ASSERTION_FAILED, 32 ATTEMPT_TO_READ_AFTER_EOF, 33 CANNOT_READ_ALL_DATA, 38 CANNOT_PARSE_DATE,
        41 CANNOT_PARSE_DATETIME, 53 TYPE_MISMATCH, 69 ARGUMENT_OUT_OF_BOUND, 70 CANNOT_CONVERT_TYPE, 72 CANNOT_PARSE_NUMBER,
        117 INCORRECT_DATA, 120 CANNOT_INSERT_VALUE_OF_DIFFERENT_SIZE_INTO_TUPLE, 128 TOO_LARGE_ARRAY_SIZE,
        130 CANNOT_READ_ARRAY_FROM_TEXT, 131 TOO_LARGE_STRING_SIZE, 135 ZERO_ARRAY_OR_TUPLE_INDEX, 153 ILLEGAL_DIVISION,
        190 SIZES_OF_ARRAYS_DONT_MATCH, 306 TOO_DEEP_RECURSION, 321 VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE, 346 CANNOT_CONVERT_CHARSET,
        349 CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, 366 SIZES_OF_NESTED_COLUMNS_ARE_INCONSISTENT, 376 CANNOT_PARSE_UUID,
        395 FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, 407 DECIMAL_OVERFLOW, 441 CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING,
        447 HYPERSCAN_CANNOT_SCAN_TEXT, 467 CANNOT_PARSE_BOOL, 469 VIOLATED_CONSTRAINT, 490 CANNOT_FORMAT_DATETIME,
        563 CANNOT_READ_MAP_FROM_TEXT, 621 CANNOT_NORMALIZE_STRING, 632 UNEXPECTED_DATA_AFTER_PARSED_VALUE,
        645 NUMBER_OF_DIMENSIONS_MISMATCHED, 675 CANNOT_PARSE_IPV4, 676 CANNOT_PARSE_IPV6, 691 UNKNOWN_ELEMENT_OF_ENUM, 760 UNICODE_ERROR\
        """);
  }

  private ClickHouseErrors() {}

  private static void add(ErrorClass errorClass, String reason, String codes) {
    for (String one : codes.split(",", -1)) {
      String[] codeAndName = one.strip().split(" ", -1);
      int code = Integer.parseInt(codeAndName[0]);
      if (BY_CODE.put(code, new Entry(code, codeAndName[1], errorClass, reason)) != null) {
        throw new IllegalStateException("twice in the catalogue: " + one.strip());
      }
    }
  }

  /** Whether there is no such database or table. */
  public static boolean isNotThere(int code) {
    return code == 60 /* UNKNOWN_TABLE */ || code == 81 /* UNKNOWN_DATABASE */;
  }

  /** What is known, by code. Any other code is {@link ErrorClass#UNKNOWN}. */
  public static Collection<Entry> all() {
    return Collections.unmodifiableCollection(BY_CODE.values());
  }

  /** What a code means for rows. */
  public static ErrorClass classify(int code) {
    Entry entry = BY_CODE.get(code);
    return entry == null ? ErrorClass.UNKNOWN : entry.errorClass;
  }

  /** The code with its name and reason where they are known, for an operator. */
  public static String describe(int code) {
    Entry entry = BY_CODE.get(code);
    return entry == null ? "code " + code : "%d %s, %s".formatted(code, entry.name, entry.reason);
  }

  /**
   * Whether a statement was refused because the user that Penstock has there may not run it, for
   * this database or any.
   */
  public static boolean isDenied(int code) {
    return switch (code) {
      case 164, // READONLY
          291, // DATABASE_ACCESS_DENIED
          392, // QUERY_IS_PROHIBITED
          497 -> // ACCESS_DENIED
          true;
      default -> false;
    };
  }

  /**
   * Whether users, quotas and profiles cannot be managed: the server has no SQL access management,
   * or keeps it from our user; it does not tell which.
   */
  public static boolean lacksAccessManagement(int code) {
    return switch (code) {
      case 495, // ACCESS_STORAGE_READONLY
          514 -> // ACCESS_STORAGE_FOR_INSERTION_NOT_FOUND
          true;
      default -> isDenied(code);
    };
  }

  /**
   * Whether this server lacks what one question needs (a right, a system table, a column or a
   * setting) and can answer others.
   */
  public static boolean tellsLess(int code) {
    return switch (code) {
      case 47, // UNKNOWN_IDENTIFIER
          60, // UNKNOWN_TABLE
          115 -> // UNKNOWN_SETTING
          true;
      default -> isDenied(code);
    };
  }

  /** Whether the server does not know this kind of statement. */
  public static boolean isUnknownSyntax(int code) {
    return code == 62; // SYNTAX_ERROR
  }

  /** The column that a message of the server names, or "". */
  public static String column(String message) {
    Matcher matcher = COLUMN.matcher(message);
    return matcher.find() ? matcher.group(1) : "";
  }
}
