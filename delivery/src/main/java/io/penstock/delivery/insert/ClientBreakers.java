package io.penstock.delivery.insert;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which clients' databases are known not to take rows, so that not every block pays for finding out
 * again. While a client's breaker is open its rows are parked at once. After a pause, twice as long
 * each time, one insert is tried. Thread-safe.
 */
public final class ClientBreakers {
  private static final Logger log = LoggerFactory.getLogger(ClientBreakers.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final ConcurrentMap<String, Trouble> open = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Strikes> strikes = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  /**
   * A client's trouble.
   *
   * @param code ClickHouse's
   * @param until when an insert may be tried again
   */
  record Trouble(int code, String detail, Duration pause, long until) {}

  public ClientBreakers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** How many clients are in trouble. */
  public int count() {
    return open.size();
  }

  /** The client's trouble if its rows should be parked now, else null. */
  @Nullable Trouble parks(String clientId) {
    Trouble trouble = open.get(clientId);
    return trouble != null && nanoTime.getAsLong() - trouble.until < 0 ? trouble : null;
  }

  /** Whether the next insert of the client only tries whether the trouble is over. */
  boolean isOpen(String clientId) {
    return open.containsKey(clientId);
  }

  /** An insert has met, or met again, trouble that is the client's own. */
  void open(String clientId, int code, String detail) {
    Trouble known = open.get(clientId);
    Duration pause = known == null ? FIRST_PAUSE : known.pause.multipliedBy(2);
    if (pause.compareTo(LONGEST_PAUSE) > 0) {
      pause = LONGEST_PAUSE;
    }
    open.put(clientId, new Trouble(code, detail, pause, nanoTime.getAsLong() + pause.toNanos()));
    if (known == null) {
      log.atWarn()
          .addKeyValue("client", clientId)
          .addKeyValue("errorCode", code)
          .addKeyValue("cause", detail)
          .log("The client's database does not take rows; they become dead letters until it does");
    }
  }

  /**
   * Attempts for a client that failed, though its target answers, since its last insert that was
   * acknowledged.
   *
   * @param since when the first of them began, as it was told
   */
  record Strikes(int count, long since) {}

  /** A whole attempt for the client has failed. */
  Strikes strike(String clientId, long attemptBegan) {
    return strikes.merge(
        clientId,
        new Strikes(1, attemptBegan),
        (known, _) -> new Strikes(known.count + 1, known.since));
  }

  /** An insert of the client was acknowledged. */
  void close(String clientId) {
    if (!strikes.isEmpty()) {
      strikes.remove(clientId);
    }
    if (!open.isEmpty() && open.remove(clientId) != null) {
      log.atInfo().addKeyValue("client", clientId).log("The client's database takes rows again");
    }
  }
}
