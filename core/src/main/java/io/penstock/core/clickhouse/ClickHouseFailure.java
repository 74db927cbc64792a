package io.penstock.core.clickhouse;

import com.clickhouse.client.api.ServerException;

/**
 * What a request to ClickHouse failed by.
 *
 * @param code the server's; {@link ClickHouseErrors#NETWORK} where it decided nothing, so that
 *     whether rows landed is unknown
 * @param detail for a person, of bounded length
 */
public record ClickHouseFailure(int code, String detail) {
  private static final int MAX_DETAIL = 500;

  /** What the client library threw. */
  public static ClickHouseFailure of(Throwable failed) {
    return failed instanceof ServerException server && server.getCode() != 0
        ? new ClickHouseFailure(server.getCode(), describe(server))
        : new ClickHouseFailure(ClickHouseErrors.NETWORK, describe(failed));
  }

  /** The root of a failure in one line, cut to a bounded length. */
  public static String describe(Throwable failed) {
    Throwable root = failed;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getClass().getSimpleName() + ": " + root.getMessage();
    return message.length() <= MAX_DETAIL ? message : message.substring(0, MAX_DETAIL) + "...";
  }

  /** What it means for rows. */
  public ErrorClass errorClass() {
    return ClickHouseErrors.classify(code);
  }
}
