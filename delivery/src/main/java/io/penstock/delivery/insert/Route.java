package io.penstock.delivery.insert;

/** Where a client's rows go now. */
sealed interface Route {
  /**
   * Into this target.
   *
   * @param isTrial whether client or target were in trouble, and one insert tells if that is over
   */
  record Insert(InsertTarget target, boolean isTrial) implements Route {}

  /** Nowhere yet: they are kept, and nothing is committed. */
  record Wait() implements Route {}

  /**
   * Nowhere: their records become dead letters.
   *
   * @param code ClickHouse's; 0 if it was not asked
   */
  record Park(int code, String detail) implements Route {}
}
