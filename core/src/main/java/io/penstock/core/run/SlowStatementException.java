package io.penstock.core.run;

import java.sql.SQLTimeoutException;

/** A server that lives has not done what it was asked for in time, and may go on with it. */
public final class SlowStatementException extends SQLTimeoutException {
  private static final long serialVersionUID = 1;

  SlowStatementException(String message) {
    super(message);
  }
}
