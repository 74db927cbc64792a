package io.penstock.local.engine;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Runs the statement of one request. The text is the parameter {@code query}, then the body, as
 * one; the rows of an INSERT are streamed from wherever its head ends.
 */
record StatementRunner(ConnectionPool pool, FrontRequest request, RequestBody body, Reply reply) {
  /** An INSERT's text before its rows; also how much of VALUES is run as one text. */
  private static final int HEAD_BYTES = 64 * 1024;

  /** The server's parser takes 256 KiB of text unless max_query_size says otherwise. */
  private static final int MAX_TEXT_BYTES = 64 << 20;

  /** The setting that differs with every insert, and would cost a statement each time. */
  private static final String TOKEN = "insert_deduplication_token";

  void run() throws EngineException, IOException, InterruptedException {
    String query = request.query();
    byte[] text = query == null ? new byte[0] : utf8(query + "\n");
    if (query != null
        && Statement.read(text, text.length, true) instanceof Statement.InsertRows rows
        && (rows.format() != null || request.defaultFormat() != null)) {
      insert(text, text.length, rows);
    } else {
      readText(text);
    }
  }

  /** Reads the text out of the body, as far as it goes, and runs it. */
  private void readText(byte[] start) throws EngineException, IOException, InterruptedException {
    byte[] text = Arrays.copyOf(start, Math.max(HEAD_BYTES, start.length * 2));
    int length = start.length;
    while (true) {
      if (!request.isReadOnlyMethod()) {
        length += body.readNBytes(text, length, text.length - length);
      }
      boolean complete = length < text.length;
      Statement statement = Statement.read(text, length, complete);
      if (statement instanceof Statement.InsertRows rows) {
        insert(text, length, rows);
        return;
      }
      if (complete) {
        execute(Arrays.copyOf(text, length), statement);
        return;
      }
      if (length >= MAX_TEXT_BYTES) {
        throw error(229, "QUERY_IS_TOO_LARGE", "The text is longer than 64 MiB");
      }
      text = Arrays.copyOf(text, text.length * 2);
    }
  }

  private void insert(byte[] text, int length, Statement.InsertRows rows)
      throws EngineException, IOException, InterruptedException {
    if (request.isReadOnlyMethod()) {
      throw readOnly();
    }
    String named = rows.format() == null ? request.defaultFormat() : rows.format();
    String format = named == null ? "Values" : named;
    InputStream more = body;
    if (format.equalsIgnoreCase("Values") && length < HEAD_BYTES) {
      // Few values are run as one text: only so do they take parameters and DEFAULT.
      byte[] values = body.readNBytes(HEAD_BYTES);
      if (values.length < HEAD_BYTES) {
        byte[] whole = Arrays.copyOf(text, length + values.length);
        System.arraycopy(values, 0, whole, length, values.length);
        execute(whole, new Statement.Other(null));
        return;
      }
      more = new SequenceInputStream(new ByteArrayInputStream(values), body);
    }
    int given = length - rows.dataStart();
    InputStream data =
        given == 0
            ? more
            : new SequenceInputStream(
                new ByteArrayInputStream(text, rows.dataStart(), given), more);

    Map<String, String> settings = request.settings();
    // The line end closes a comment that the head may end with: a FORMAT clause is appended.
    String clause = "\n";
    String token = settings.get(TOKEN);
    if (token != null && !rows.hasSettings()) {
      settings = new HashMap<>(settings);
      settings.remove(TOKEN);
      clause = "\nSETTINGS " + TOKEN + " = " + EngineConnection.quoted(token);
    }
    byte[] suffix = utf8(clause);
    byte[] head = Arrays.copyOf(text, rows.headLength() + suffix.length);
    System.arraycopy(suffix, 0, head, rows.headLength(), suffix.length);

    EngineConnection connection = borrow(settings);
    try {
      reply.progress(connection.insert(head, format, request.queryParameters(), data));
    } finally {
      pool.giveBack(connection);
    }
  }

  private void execute(byte[] text, Statement statement)
      throws EngineException, IOException, InterruptedException {
    EngineConnection connection = borrow(request.settings());
    try {
      if (request.isReadOnlyMethod()) {
        Libchdb.Analysis analysis = connection.classify(text);
        // A text that does not parse is left to fail with the parser's own error.
        if (!analysis.readsOnly() && analysis.statements() > 0) {
          throw readOnly();
        }
      }
      String requested = request.defaultFormat();
      String fallback = requested == null ? "TabSeparated" : requested;
      switch (statement) {
        case Statement.Empty empty -> throw error(62, "SYNTAX_ERROR", "Empty query");
        case Statement.Several several ->
            throw error(
                62,
                "SYNTAX_ERROR",
                "Syntax error (Multi-statements are not allowed): more follows the first ';'");
        case Statement.Select select -> select(connection, text, select, fallback);
        case Statement.ChangesSession changes -> {
          connection.retire();
          runWhole(connection, text, fallback);
        }
        case Statement.Other other -> {
          reply.format(other.format() == null ? fallback : other.format());
          runWhole(connection, text, fallback);
        }
        case Statement.InsertRows rows -> throw new AssertionError("handled by the caller");
        case Statement.Incomplete incomplete -> throw new AssertionError("handled by the caller");
      }
    } finally {
      pool.giveBack(connection);
    }
  }

  private void select(
      EngineConnection connection, byte[] text, Statement.Select select, String fallback)
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
    runWhole(connection, text, fallback);
  }

  private void runWhole(EngineConnection connection, byte[] text, String fallback)
      throws EngineException, IOException {
    try (var result = connection.query(text, fallback, request.queryParameters())) {
      reply.progress(result.progress());
      if (result.data().byteSize() > 0) {
        reply.write(result.data(), 0);
      }
    }
  }

  private EngineConnection borrow(Map<String, String> settings)
      throws EngineException, InterruptedException {
    EngineConnection connection = pool.borrow(request.database());
    boolean prepared = false;
    try {
      connection.prepare(request.database(), settings);
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
    return EngineException.of(code, name, message, pool.identity().version());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
