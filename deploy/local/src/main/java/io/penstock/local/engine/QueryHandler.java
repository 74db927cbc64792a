package io.penstock.local.engine;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers ClickHouse's HTTP interface: {@code /ping}, {@code /replicas_status} and statements on
 * {@code /} (https://clickhouse.com/docs/interfaces/http). Thread-safe.
 */
final class QueryHandler implements HttpHandler {
  /** An INSERT's text before its rows; also how much of VALUES is run as one text. */
  private static final int HEAD_BYTES = 64 * 1024;

  /** The server's parser takes 256 KiB of text unless max_query_size says otherwise. */
  private static final int MAX_TEXT_BYTES = 64 << 20;

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
    if (path.equals("/ping") || path.equals("/replicas_status")) {
      reply.sendText(200, "Ok.\n");
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
      run(request, body, reply);
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

  private void run(FrontRequest request, RequestBody body, Reply reply)
      throws EngineException, IOException, InterruptedException {
    String query = request.query();
    byte[] text = query == null ? new byte[0] : bytes(query + "\n");
    if (request.isReadOnlyMethod() && query == null) {
      reply.sendText(200, "Ok.\n");
      return;
    }
    if (query != null
        && Statement.read(text, text.length, true) instanceof Statement.InsertRows rows
        && (rows.format() != null || request.defaultFormat() != null)
        && !request.isReadOnlyMethod()) {
      insert(request, text, text.length, rows, body, reply);
      return;
    }
    readText(request, text, body, reply);
  }

  /** Reads the text out of the body, as far as it goes, and runs it. */
  private void readText(FrontRequest request, byte[] start, RequestBody body, Reply reply)
      throws EngineException, IOException, InterruptedException {
    byte[] text = Arrays.copyOf(start, Math.max(HEAD_BYTES, start.length * 2));
    int length = start.length;
    while (true) {
      int count =
          request.isReadOnlyMethod() ? 0 : body.readNBytes(text, length, text.length - length);
      length += count;
      boolean complete = length < text.length;
      Statement statement = Statement.read(text, length, complete);
      if (statement instanceof Statement.InsertRows rows) {
        insert(request, text, length, rows, body, reply);
        return;
      }
      if (complete) {
        execute(request, Arrays.copyOf(text, length), statement, reply);
        return;
      }
      if (length >= MAX_TEXT_BYTES) {
        throw error(229, "QUERY_IS_TOO_LARGE", "The text is longer than 64 MiB");
      }
      text = Arrays.copyOf(text, text.length * 2);
    }
  }

  private void insert(
      FrontRequest request,
      byte[] text,
      int length,
      Statement.InsertRows rows,
      RequestBody body,
      Reply reply)
      throws EngineException, IOException, InterruptedException {
    if (request.isReadOnlyMethod()) {
      throw readOnly();
    }
    String format = rows.format() == null ? request.defaultFormat() : rows.format();
    InputStream data =
        new SequenceInputStream(
            new ByteArrayInputStream(text, rows.dataStart(), length - rows.dataStart()), body);
    EngineConnection connection = borrow(request);
    try {
      if ("Values".equalsIgnoreCase(format) && length < HEAD_BYTES) {
        // Few values are run as one text: only so do they take parameters and DEFAULT.
        byte[] more = body.readNBytes(HEAD_BYTES);
        if (more.length < HEAD_BYTES) {
          byte[] whole = Arrays.copyOf(text, length + more.length);
          System.arraycopy(more, 0, whole, length, more.length);
          runWhole(connection, request, whole, "TabSeparated", reply);
          return;
        }
        data =
            new SequenceInputStream(
                new ByteArrayInputStream(text, rows.dataStart(), length - rows.dataStart()),
                new SequenceInputStream(new ByteArrayInputStream(more), body));
      }
      reply.progress(
          connection.insert(
              Arrays.copyOf(text, rows.headLength()),
              format == null ? "Values" : format,
              request.queryParameters(),
              data));
    } finally {
      pool.giveBack(connection);
    }
  }

  private void execute(FrontRequest request, byte[] text, Statement statement, Reply reply)
      throws EngineException, IOException, InterruptedException {
    String requested = request.defaultFormat();
    String fallback = requested == null ? "TabSeparated" : requested;
    EngineConnection connection = borrow(request);
    try {
      if (request.isReadOnlyMethod() && !connection.classify(text).readsOnly()) {
        // A text that the parser refuses gets the parser's error, not this one.
        if (connection.classify(text).statements() > 0) {
          throw readOnly();
        }
      }
      switch (statement) {
        case Statement.Several several ->
            throw error(
                62,
                "SYNTAX_ERROR",
                "Syntax error (Multi-statements are not allowed): more follows the first ';'");
        case Statement.Select select -> select(connection, request, text, select, fallback, reply);
        case Statement.ChangesSession changes -> {
          connection.retire();
          runWhole(connection, request, text, fallback, reply);
        }
        case Statement.Other other -> {
          reply.format(other.format() == null ? fallback : other.format());
          runWhole(connection, request, text, fallback, reply);
        }
        case Statement.InsertRows rows -> throw new AssertionError("handled by the caller");
        case Statement.Incomplete incomplete -> throw new AssertionError("handled by the caller");
      }
    } finally {
      pool.giveBack(connection);
    }
  }

  private void select(
      EngineConnection connection,
      FrontRequest request,
      byte[] text,
      Statement.Select select,
      String fallback,
      Reply reply)
      throws EngineException, IOException {
    String format = select.format() == null ? fallback : select.format();
    reply.format(format);
    if (!request.waitsForEnd() && !select.hasTotals() && StreamedFormat.supports(format)) {
      var chunks = new StreamedFormat(format);
      boolean streamed =
          connection.stream(
              text,
              fallback,
              request.queryParameters(),
              (data, progress) -> {
                reply.progress(progress);
                reply.write(data, chunks.repeated(data));
              });
      if (streamed) {
        return;
      }
    }
    runWhole(connection, request, text, fallback, reply);
  }

  private static void runWhole(
      EngineConnection connection, FrontRequest request, byte[] text, String fallback, Reply reply)
      throws EngineException, IOException {
    try (var result = connection.query(text, fallback, request.queryParameters())) {
      reply.progress(result.progress());
      if (result.data().byteSize() > 0) {
        reply.write(result.data(), 0);
      }
    }
  }

  private EngineConnection borrow(FrontRequest request)
      throws EngineException, InterruptedException {
    EngineConnection connection = pool.borrow(request.database());
    boolean prepared = false;
    try {
      connection.prepare(request.database(), request.settings());
      prepared = true;
      return connection;
    } finally {
      if (!prepared) {
        pool.giveBack(connection);
      }
    }
  }

  private EngineException readOnly() {
    return error(
        164,
        "READONLY",
        "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly."
            + " You should use method POST for modifying queries");
  }

  private EngineException error(int code, String name, String message) {
    return EngineException.of(code, name, message, identity.version());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
