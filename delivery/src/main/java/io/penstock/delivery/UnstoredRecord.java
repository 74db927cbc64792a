package io.penstock.delivery;

import io.penstock.core.deadletter.Failure;
import io.penstock.core.refusal.Reason;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.block.Unstored;

/**
 * A record with a row that is not stored: it becomes a dead letter.
 *
 * @param block whose row it is
 * @param row the first of the record's rows that are not stored
 */
record UnstoredRecord(TableBlock block, Unstored row) {
  String clientId() {
    return block.client().clientId();
  }

  Reason reason() {
    return switch (row) {
      case Unstored.Rejected rejected -> Reason.ROW_REJECTED;
      case Unstored.Parked parked -> Reason.CLIENT_UNAVAILABLE;
    };
  }

  Failure failure() {
    String column = row instanceof Unstored.Rejected rejected ? rejected.column() : "";
    return Failure.ofInsert(reason(), clientId(), column, row.detail(), row.code());
  }
}
