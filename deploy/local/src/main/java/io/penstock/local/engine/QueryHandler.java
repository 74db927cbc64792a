package io.penstock.local.engine;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers ClickHouse's HTTP interface: {@code /ping}, {@code /replicas_status} and statements on
 * {@code /} (https://clickhouse.com/docs/interfaces/http). Thread-safe.
 */
final class QueryHandler implements HttpHandler {
  private static final int MAX_ACTIVE = 1 << 20;

  private final ConnectionPool pool;
  private final ServerIdentity identity;
  private final @Nullable String password;
  private final Semaphore active = new Semaphore(MAX_ACTIVE);
  private volatile boolean stopping;

  /**
   * @param password of the user {@code default}; null lets in any password, as a server does whose
   *     user has none
   */
  QueryHandler(ConnectionPool pool, @Nullable String password) {
    this.pool = pool;
    this.password = password;
    identity = pool.identity();
  }

  /** Answers new statements with code 236 from now on and waits for those that run. */
  void drain(Duration wait) throws InterruptedException {
    stopping = true;
    if (active.tryAcquire(MAX_ACTIVE, wait.toMillis(), TimeUnit.MILLISECONDS)) {
      active.release(MAX_ACTIVE);
    }
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    active.acquireUninterruptibly();
    try {
      answerPath(exchange);
    } finally {
      active.release();
    }
  }

  private void answerPath(HttpExchange exchange) throws IOException {
    var request = new FrontRequest(exchange);
    var reply = new Reply(exchange, request, identity);
    var body = new RequestBody(exchange.getRequestBody(), request, identity.version());
    String path = exchange.getRequestURI().getPath();
    String stranger = Visitors.refused(exchange.getRequestHeaders());
    if (stranger != null) {
      body.drain();
      reply.sendText(403, stranger + "\n");
    } else if (path.equals("/ping") || path.equals("/replicas_status")) {
      reply.sendText(200, "Ok.\n");
    } else if (exchange.getRequestMethod().equals("OPTIONS")) {
      reply.sendText(204, "");
    } else if (!path.equals("/")) {
      body.drain();
      reply.sendText(404, "There is no handle " + path + "\n\nUse / or /ping for health checks.\n");
    } else {
      answer(request, body, reply);
    }
  }

  private void answer(FrontRequest request, RequestBody body, Reply reply) throws IOException {
    EngineException failure;
    try {
      if (stopping) {
        throw error(236, "ABORTED", "The engine is shutting down");
      }
      authenticate(request.credentials());
      body.checkEncoding();
      String unsupported = request.unsupported();
      if (unsupported != null) {
        throw error(48, "NOT_IMPLEMENTED", "The embedded engine has no " + unsupported);
      }
      if (request.isReadOnlyMethod() && request.query() == null) {
        reply.sendText(200, "Ok.\n");
        return;
      }
      new StatementRunner(pool, request, body, reply).run();
      reply.finish();
      return;
    } catch (EngineException failed) {
      failure = failed;
    } catch (RequestBody.BrokenBodyException broken) {
      failure =
          broken.getCause() instanceof EOFException
              ? error(33, "CANNOT_READ_ALL_DATA", "Cannot read all data: " + broken.getMessage())
              : error(271, "CANNOT_DECOMPRESS", "Cannot read the body: " + broken.getMessage());
    } catch (EngineStartException failed) {
      failure = error(203, "NO_FREE_CONNECTION", String.valueOf(failed.getMessage()));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      failure = error(236, "ABORTED", "The engine is shutting down");
    } catch (RuntimeException | Error bug) {
      bug.printStackTrace();
      failure = error(49, "LOGICAL_ERROR", "The HTTP front failed: " + bug);
    }
    body.drain();
    reply.fail(failure);
  }

  private void authenticate(FrontRequest.Credentials credentials) throws EngineException {
    String expected = password;
    boolean known =
        credentials.effectiveUser().equals("default")
            && (expected == null
                || MessageDigest.isEqual(bytes(expected), bytes(credentials.password())));
    if (!known) {
      throw error(
          516,
          "AUTHENTICATION_FAILED",
          credentials.effectiveUser()
              + ": Authentication failed: password is incorrect, or there is no user with such"
              + " name");
    }
  }

  private EngineException error(int code, String name, String message) {
    return EngineException.of(code, name, message, identity.version());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
