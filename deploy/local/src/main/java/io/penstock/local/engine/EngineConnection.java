package io.penstock.local.engine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One session of the engine, used by one request at a time. It remembers which database and
 * settings it was last given, so that a request that asks for the same costs no extra statement.
 */
final class EngineConnection implements AutoCloseable {
  /** Bytes handed to the engine at once; it queues at most 16 such pieces of an insert. */
  static final int BUFFER_BYTES = 256 * 1024;

  private static final Pattern SETTING_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]{0,127}");

  /**
   * What the library sets differently from a server, or cannot be set back: after a request with
   * one of these the session is not used again.
   */
  private static final Set<String> STICKY_SETTINGS =
      Set.of(
          "readonly",
          "profile",
          "implicit_select",
          "allow_introspection_functions",
          "serialize_query_plan",
          "storage_file_read_method",
          "output_format_arrow_use_native_writer");

  private final Libchdb library;
  private final MemorySegment pointer;
  private final MemorySegment handle;
  private final String version;
  private final Arena arena = Arena.ofShared();
  private @Nullable MemorySegment nativeBuffer;
  private byte @Nullable [] heapBuffer;
  private String database = "default";
  private Map<String, String> settings = Map.of();
  private boolean reusable = true;

  private EngineConnection(Libchdb library, MemorySegment pointer, String version) {
    this.library = library;
    this.pointer = pointer;
    this.version = version;
    handle = pointer.reinterpret(ValueLayout.ADDRESS.byteSize()).get(ValueLayout.ADDRESS, 0);
  }

  /**
   * @param version the engine's version for error texts; empty while it is not known
   * @throws EngineStartException when the engine refuses the connection
   */
  static EngineConnection open(Libchdb library, List<String> arguments, String version) {
    MemorySegment pointer = library.connect(arguments);
    if (pointer.address() == 0) {
      throw new EngineStartException(
          "The ClickHouse engine could not open its data folder; its own message is above. Is"
              + " another process using the folder, or was it written by a newer engine?");
    }
    var connection = new EngineConnection(library, pointer, version);
    try {
      // A server does not take a bare expression for a SELECT; the library does.
      connection.execute("SET implicit_select = 0");
    } catch (EngineException failure) {
      connection.close();
      throw new EngineStartException(failure.text(), failure);
    }
    return connection;
  }

  boolean isReusable() {
    return reusable;
  }

  /** Keeps the pool from giving this session to another request. */
  void retire() {
    reusable = false;
  }

  boolean isIn(String wantedDatabase) {
    return database.equals(wantedDatabase);
  }

  /** Makes the session's database and settings those of a request, and nothing else's. */
  void prepare(String wantedDatabase, Map<String, String> wantedSettings) throws EngineException {
    if (!settings.equals(wantedSettings)) {
      // A statement that fails half-way leaves a session nobody knows.
      boolean wasReusable = reusable;
      reusable = false;
      execute(settingsStatement(wantedSettings));
      reusable =
          wasReusable && wantedSettings.keySet().stream().noneMatch(STICKY_SETTINGS::contains);
      settings = Map.copyOf(wantedSettings);
    }
    if (!database.equals(wantedDatabase)) {
      execute("USE `" + wantedDatabase.replace("\\", "\\\\").replace("`", "\\`") + "`");
      database = wantedDatabase;
    }
  }

  private String settingsStatement(Map<String, String> wanted) throws EngineException {
    var names = new TreeSet<>(settings.keySet());
    names.addAll(wanted.keySet());
    var statement = new StringBuilder("SET ");
    for (String name : names) {
      String value = wanted.get(name);
      if (value != null && value.equals(settings.get(name))) {
        continue;
      }
      if (!SETTING_NAME.matcher(name).matches()) {
        throw EngineException.of(115, "UNKNOWN_SETTING", "Unknown setting '" + name + "'", version);
      }
      statement.append(statement.length() > 4 ? ", " : "").append(name).append(" = ");
      statement.append(value == null ? "DEFAULT" : quoted(value));
    }
    return statement.toString();
  }

  /** A text literal of ClickHouse's SQL. */
  static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private void execute(String sql) throws EngineException {
    try (var result = library.query(handle, utf8(sql), "TabSeparated", Map.of())) {
      check(result.error());
    }
  }

  /** Runs a statement to its end; the result must be closed. */
  Libchdb.Result query(byte[] sql, String format, Map<String, String> parameters)
      throws EngineException {
    Libchdb.Result result = library.query(handle, sql, format, parameters);
    String error = result.error();
    if (error != null) {
      result.close();
      throw failure(error);
    }
    return result;
  }

  /**
   * Runs a SELECT and hands over its output chunk by chunk; every chunk is formatted as a result of
   * its own.
   *
   * @return false when the engine cannot stream this statement; nothing was run then
   */
  boolean stream(byte[] sql, String format, Map<String, String> parameters, ChunkSink sink)
      throws EngineException, IOException {
    try (var stream = library.streamQuery(handle, sql, format, parameters)) {
      String error = stream.error();
      if (error != null) {
        if (error.contains("Streaming query is not supported")) {
          return false;
        }
        throw failure(error);
      }
      boolean ended = false;
      try {
        while (!ended) {
          try (var chunk = library.fetch(handle, stream)) {
            // After an error the engine has ended the stream itself.
            ended = true;
            check(chunk.error());
            MemorySegment data = chunk.data();
            ended = data.byteSize() == 0;
            if (!ended) {
              sink.accept(data, chunk.progress());
            }
          }
        }
      } finally {
        if (!ended) {
          retire();
          library.cancelQuery(handle, stream);
        }
      }
      return true;
    }
  }

  /**
   * Pushes rows into a table as they arrive. When the rows end with an exception the insert is
   * cancelled and leaves nothing of its last block; an insert of up to max_insert_block_size rows
   * is one block.
   */
  Progress insert(byte[] head, String format, Map<String, String> parameters, InputStream rows)
      throws EngineException, IOException {
    try (var insert = library.streamInsert(handle, head, format, parameters)) {
      check(insert.error());
      boolean complete = false;
      try {
        push(rows, insert);
        complete = true;
      } finally {
        if (!complete) {
          retire();
          insert.cancel();
        }
      }
      try (var result = insert.done()) {
        check(result.error());
        return result.progress();
      }
    }
  }

  private void push(InputStream rows, Libchdb.Insert insert) throws IOException {
    byte[] heap = heapBuffer == null ? new byte[BUFFER_BYTES] : heapBuffer;
    heapBuffer = heap;
    MemorySegment direct = nativeBuffer == null ? arena.allocate(BUFFER_BYTES) : nativeBuffer;
    nativeBuffer = direct;
    int length;
    while ((length = rows.readNBytes(heap, 0, heap.length)) > 0) {
      MemorySegment.copy(heap, 0, direct, ValueLayout.JAVA_BYTE, 0, length);
      if (!insert.append(direct, length)) {
        return; // done() has the reason
      }
    }
  }

  Libchdb.Analysis classify(byte[] sql) {
    return library.classify(handle, sql);
  }

  private void check(@Nullable String error) throws EngineException {
    if (error != null) {
      throw failure(error);
    }
  }

  private EngineException failure(String error) {
    return EngineException.of(error, version);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    library.close(pointer);
    arena.close();
  }

  /** Takes pieces of a result; the memory is valid during the call only. */
  interface ChunkSink {
    void accept(MemorySegment data, Progress progress) throws IOException;
  }
}
