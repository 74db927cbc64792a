package io.penstock.local.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The C functions of {@code libchdb} 26.7 (chdb.h of chdb-io/chdb-core) with Java types.
 *
 * <p>Thread-safe, but a connection runs one statement at a time; {@link EngineConnection} keeps to
 * that. The library stays loaded for the life of the process: it cannot be unloaded safely.
 */
final class Libchdb {
  private static final Linker LINKER = Linker.nativeLinker();

  private final SymbolLookup symbols;
  private final MethodHandle connect;
  private final MethodHandle close;
  private final MethodHandle query;
  private final MethodHandle streamQuery;
  private final MethodHandle fetch;
  private final MethodHandle cancelQuery;
  private final MethodHandle streamInsert;
  private final MethodHandle append;
  private final MethodHandle done;
  private final MethodHandle cancelInsert;
  private final MethodHandle insertError;
  private final MethodHandle destroyInsert;
  private final MethodHandle resultBuffer;
  private final MethodHandle resultLength;
  private final MethodHandle resultError;
  private final MethodHandle resultRows;
  private final MethodHandle resultBytes;
  private final MethodHandle storageRows;
  private final MethodHandle storageBytes;
  private final MethodHandle rowsWritten;
  private final MethodHandle bytesWritten;
  private final MethodHandle destroyResult;
  private final MethodHandle classify;
  private final MethodHandle shutdown;

  private Libchdb(SymbolLookup symbols) {
    this.symbols = symbols;
    connect = function("chdb_connect", ADDRESS, JAVA_INT, ADDRESS);
    close = function("chdb_close_conn", null, ADDRESS);
    MemoryLayout[] statement = {
      ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG
    };
    query = function("chdb_query_with_params_n", ADDRESS, statement);
    streamQuery = function("chdb_stream_query_with_params_n", ADDRESS, statement);
    streamInsert = function("chdb_stream_insert_with_params_n", ADDRESS, statement);
    fetch = function("chdb_stream_fetch_result", ADDRESS, ADDRESS, ADDRESS);
    cancelQuery = function("chdb_stream_cancel_query", null, ADDRESS, ADDRESS);
    append = function("chdb_stream_append", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    done = function("chdb_stream_done", ADDRESS, ADDRESS);
    cancelInsert = function("chdb_stream_cancel_insert", null, ADDRESS);
    insertError = function("chdb_stream_insert_error", ADDRESS, ADDRESS);
    destroyInsert = function("chdb_destroy_insert_stream", null, ADDRESS);
    resultBuffer = function("chdb_result_buffer", ADDRESS, ADDRESS);
    resultLength = function("chdb_result_length", JAVA_LONG, ADDRESS);
    resultError = function("chdb_result_error", ADDRESS, ADDRESS);
    resultRows = function("chdb_result_rows_read", JAVA_LONG, ADDRESS);
    resultBytes = function("chdb_result_bytes_read", JAVA_LONG, ADDRESS);
    storageRows = function("chdb_result_storage_rows_read", JAVA_LONG, ADDRESS);
    storageBytes = function("chdb_result_storage_bytes_read", JAVA_LONG, ADDRESS);
    rowsWritten = function("chdb_result_rows_written", JAVA_LONG, ADDRESS);
    bytesWritten = function("chdb_result_bytes_written", JAVA_LONG, ADDRESS);
    destroyResult = function("chdb_destroy_query_result", null, ADDRESS);
    classify =
        function(
            "chdb_classify_query_n",
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG,
            ADDRESS);
    shutdown = function("chdb_shutdown", JAVA_INT);
  }

  /**
   * Loads the library and turns its signal handlers off: the JVM has its own.
   *
   * @throws EngineStartException when the file cannot be loaded or is not this library
   */
  static Libchdb load(Path file) {
    try {
      var library = new Libchdb(SymbolLookup.libraryLookup(file, Arena.global()));
      call(library.function("chdb_set_signal_handlers_enabled", null, JAVA_INT), 0);
      return library;
    } catch (IllegalArgumentException failure) {
      throw new EngineStartException(
          "Cannot load the ClickHouse engine from "
              + file
              + ": "
              + failure.getMessage()
              + ". Delete its folder to have it fetched again, or point PENSTOCK_ENGINE_LIBRARY at"
              + " a libchdb of version 26.7 for this system.");
    }
  }

  private MethodHandle function(
      String name, @Nullable MemoryLayout result, MemoryLayout... arguments) {
    MemorySegment address =
        symbols
            .find(name)
            .orElseThrow(() -> new IllegalArgumentException("it has no function " + name));
    FunctionDescriptor descriptor =
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments);
    return LINKER.downcallHandle(address, descriptor);
  }

  /** The pointer that {@link #close(MemorySegment)} takes, or a null address on failure. */
  MemorySegment connect(List<String> arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argv = arena.allocate(ADDRESS, arguments.size());
      for (int i = 0; i < arguments.size(); i++) {
        argv.setAtIndex(ADDRESS, i, arena.allocateFrom(arguments.get(i)));
      }
      return (MemorySegment) call(connect, arguments.size(), argv);
    }
  }

  void close(MemorySegment connectionPointer) {
    call(close, connectionPointer);
  }

  /** Stops the engine's threads; every connection must be closed before. */
  boolean shutdown() {
    return (int) call(shutdown) == 0;
  }

  Result query(
      MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
    return new Result(statement(query, connection, sql, format, parameters));
  }

  Result streamQuery(
      MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
    return new Result(statement(streamQuery, connection, sql, format, parameters));
  }

  /** The next chunk; an empty one is the end. */
  Result fetch(MemorySegment connection, Result stream) {
    return new Result((MemorySegment) call(fetch, connection, stream.handle));
  }

  void cancelQuery(MemorySegment connection, Result stream) {
    call(cancelQuery, connection, stream.handle);
  }

  Insert streamInsert(
      MemorySegment connection, byte[] sql, String format, Map<String, String> parameters) {
    return new Insert(statement(streamInsert, connection, sql, format, parameters));
  }

  /** What the engine's own parser says that a text does; see chdb_classify_query_n in chdb.h. */
  Analysis classify(MemorySegment connection, byte[] sql) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_INT, 4);
      out.setAtIndex(JAVA_INT, 0, 16);
      call(
          classify,
          connection,
          arena.allocateFrom(JAVA_BYTE, sql),
          (long) sql.length,
          MemorySegment.NULL,
          0L,
          out);
      return new Analysis(out.getAtIndex(JAVA_INT, 1), out.getAtIndex(JAVA_INT, 3));
    }
  }

  private static MemorySegment statement(
      MethodHandle handle,
      MemorySegment connection,
      byte[] sql,
      String format,
      Map<String, String> parameters) {
    try (Arena arena = Arena.ofConfined()) {
      int count = parameters.size();
      MemorySegment names = arena.allocate(ADDRESS, count);
      MemorySegment nameLengths = arena.allocate(JAVA_LONG, count);
      MemorySegment values = arena.allocate(ADDRESS, count);
      MemorySegment valueLengths = arena.allocate(JAVA_LONG, count);
      int i = 0;
      for (Map.Entry<String, String> parameter : parameters.entrySet()) {
        putText(arena, names, nameLengths, i, parameter.getKey());
        putText(arena, values, valueLengths, i, parameter.getValue());
        i++;
      }
      byte[] formatBytes = format.getBytes(StandardCharsets.UTF_8);
      return (MemorySegment)
          call(
              handle,
              connection,
              arena.allocateFrom(JAVA_BYTE, sql),
              (long) sql.length,
              arena.allocateFrom(JAVA_BYTE, formatBytes),
              (long) formatBytes.length,
              names,
              nameLengths,
              values,
              valueLengths,
              (long) count);
    }
  }

  private static void putText(
      SegmentAllocator arena, MemorySegment pointers, MemorySegment lengths, int i, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    pointers.setAtIndex(ADDRESS, i, arena.allocateFrom(JAVA_BYTE, bytes));
    lengths.setAtIndex(JAVA_LONG, i, bytes.length);
  }

  private static Object call(MethodHandle handle, Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static @Nullable String text(MemorySegment pointer) {
    if (pointer.address() == 0) {
      return null;
    }
    String text = pointer.reinterpret(Long.MAX_VALUE).getString(0);
    return text.isEmpty() ? null : text;
  }

  /** How many statements a text holds and the restriction class of the widest. */
  record Analysis(int statements, int queryClass) {
    private static final int READ_ONLY = 0;

    boolean readsOnly() {
      return queryClass == READ_ONLY;
    }
  }

  /** A result in native memory, to be closed by whoever asked for it. */
  final class Result implements AutoCloseable {
    private final MemorySegment handle;

    private Result(MemorySegment handle) {
      this.handle = handle;
    }

    /** The engine's message, beginning {@code Code: N. DB::Exception:}; null on success. */
    @Nullable String error() {
      return text((MemorySegment) call(resultError, handle));
    }

    /** The formatted data; valid until this result is closed. */
    MemorySegment data() {
      long length = (long) call(resultLength, handle);
      return length == 0
          ? MemorySegment.NULL
          : ((MemorySegment) call(resultBuffer, handle)).reinterpret(length);
    }

    Progress progress() {
      return new Progress(
          count(storageRows),
          count(storageBytes),
          count(rowsWritten),
          count(bytesWritten),
          count(resultRows),
          count(resultBytes));
    }

    private long count(MethodHandle counter) {
      return (long) call(counter, handle);
    }

    @Override
    public void close() {
      call(destroyResult, handle);
    }
  }

  /** An INSERT whose rows are pushed in; closing it before {@link #done()} leaves no rows. */
  final class Insert implements AutoCloseable {
    private final MemorySegment handle;

    private Insert(MemorySegment handle) {
      this.handle = handle;
    }

    @Nullable String error() {
      return text((MemorySegment) call(insertError, handle));
    }

    /** Copies the bytes and may wait for the engine; false once the insert has failed. */
    boolean append(MemorySegment data, long length) {
      return (int) call(append, handle, data, length) == 0;
    }

    Result done() {
      return new Result((MemorySegment) call(done, handle));
    }

    void cancel() {
      call(cancelInsert, handle);
    }

    @Override
    public void close() {
      call(destroyInsert, handle);
    }
  }
}
