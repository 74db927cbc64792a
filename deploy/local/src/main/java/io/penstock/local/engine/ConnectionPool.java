package io.penstock.local.engine;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * At most {@code size} sessions, opened when needed and kept. Requests beyond that wait their turn,
 * in order. One more session stays open for the life of the process, because the library stops the
 * engine when its last session closes. Thread-safe.
 */
final class ConnectionPool {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

  private final Libchdb library;
  private final List<String> arguments;
  private final EngineConnection keeper;
  private final ServerIdentity identity;
  private final int size;
  private final Semaphore permits;
  private final ConcurrentLinkedDeque<EngineConnection> idle = new ConcurrentLinkedDeque<>();

  ConnectionPool(Libchdb library, List<String> arguments, int size) {
    this.library = library;
    this.arguments = arguments;
    this.size = size;
    permits = new Semaphore(size, true);
    keeper = EngineConnection.open(library, arguments, "");
    identity = ServerIdentity.ask(keeper);
  }

  ServerIdentity identity() {
    return identity;
  }

  /**
   * @param database a session that is in this database already is preferred
   * @throws EngineException code 202 when no session came free in two minutes
   */
  EngineConnection borrow(String database) throws EngineException, InterruptedException {
    if (!permits.tryAcquire(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
      throw EngineException.of(
          202,
          "TOO_MANY_SIMULTANEOUS_QUERIES",
          "Too many simultaneous queries. Maximum: " + size,
          identity.version());
    }
    try {
      EngineConnection connection = takeIdle(database);
      return connection == null
          ? EngineConnection.open(library, arguments, identity.version())
          : connection;
    } catch (RuntimeException failure) {
      permits.release();
      throw failure;
    }
  }

  private @Nullable EngineConnection takeIdle(String database) {
    for (EngineConnection connection : idle) {
      if (connection.isIn(database) && idle.remove(connection)) {
        return connection;
      }
    }
    return idle.pollFirst();
  }

  void giveBack(EngineConnection connection) {
    try {
      if (connection.isReusable()) {
        idle.addFirst(connection);
      } else {
        connection.close();
      }
    } finally {
      permits.release();
    }
  }

  /** Asks the engine to end every statement that is running. */
  void cancelStatements() {
    byte[] kill = "KILL QUERY WHERE query_id != queryID() ASYNC".getBytes(StandardCharsets.UTF_8);
    try (var result = keeper.query(kill, "Null", Map.of())) {
      assert result.error() == null;
    } catch (EngineException failure) {
      // What cannot be cancelled is cut off by the end of the process.
    }
  }

  /**
   * Waits for the sessions in use, then closes all of them.
   *
   * @return false when some were still in use after the wait; nothing is closed then
   */
  boolean close(Duration wait) throws InterruptedException {
    if (!permits.tryAcquire(size, wait.toMillis(), TimeUnit.MILLISECONDS)) {
      return false;
    }
    EngineConnection connection;
    while ((connection = idle.poll()) != null) {
      connection.close();
    }
    keeper.close();
    return true;
  }
}
