package io.penstock.local.engine;

import com.github.luben.zstd.ZstdOutputStream;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.penstock.core.clickhouse.FrameOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request. Output is held back up to a bound, so that a statement which fails
 * early is answered by an error status; after that the headers are out and a failure can only cut
 * the answer off.
 */
final class Reply {
  /** As the server's default for buffer_size. */
  private static final int HELD_BACK_BYTES = 1 << 20;

  private static final int COPY_BYTES = 64 * 1024;

  private final HttpExchange exchange;
  private final FrontRequest request;
  private final ServerIdentity identity;
  private final long startNanos = System.nanoTime();
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private String format = "TabSeparated";
  private Progress progress = Progress.NONE;
  private @Nullable OutputStream out;

  Reply(HttpExchange exchange, FrontRequest request, ServerIdentity identity) {
    this.exchange = exchange;
    this.request = request;
    this.identity = identity;
  }

  void format(String outputFormat) {
    format = outputFormat;
  }

  void progress(Progress more) {
    progress = progress.plus(more);
  }

  /** Sends native memory from {@code offset} on, or holds it back. */
  void write(MemorySegment data, long offset) throws IOException {
    byte[] copy = new byte[(int) Math.min(COPY_BYTES, data.byteSize() - offset)];
    for (long at = offset; at < data.byteSize(); at += copy.length) {
      int count = (int) Math.min(copy.length, data.byteSize() - at);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, copy, 0, count);
      if (out == null && held.size() + count > HELD_BACK_BYTES) {
        start();
      }
      (out == null ? held : out).write(copy, 0, count);
    }
  }

  private void start() throws IOException {
    OutputStream raw = open(200, 0);
    OutputStream encoded = raw;
    String encoding = request.responseEncoding(identity.compressesByDefault());
    if (encoding != null) {
      encoded =
          switch (encoding) {
            case "gzip" -> new GZIPOutputStream(raw, COPY_BYTES);
            case "zstd" -> new ZstdOutputStream(raw, 1);
            case "lz4" -> new LZ4FrameOutputStream(raw);
            default -> new DeflaterOutputStream(raw);
          };
    }
    out = request.framesResponse() ? new FrameOutputStream(encoded) : encoded;
    held.writeTo(out);
    held.reset();
  }

  /** Ends a successful answer. */
  void finish() throws IOException {
    OutputStream stream = out;
    if (stream == null) {
      boolean plain =
          !request.framesResponse()
              && request.responseEncoding(identity.compressesByDefault()) == null;
      if (plain || held.size() == 0) {
        sendFixed(200, held.toByteArray());
        return;
      }
      start();
      stream = out;
    }
    if (stream != null) {
      stream.close();
    }
  }

  /**
   * Answers with an error, as text and in the header; where output is out already, the text is
   * appended and the connection broken off, as the server does.
   *
   * @throws IOException always in the latter case
   */
  void fail(EngineException failure) throws IOException {
    OutputStream stream = out;
    byte[] text = (failure.text() + "\n").getBytes(StandardCharsets.UTF_8);
    if (stream == null) {
      Headers headers = exchange.getResponseHeaders();
      headers.set("X-ClickHouse-Exception-Code", Integer.toString(failure.code()));
      if (failure.httpStatus() == 401) {
        headers.set("WWW-Authenticate", "Basic realm=\"ClickHouse server HTTP API\"");
      }
      format = "TabSeparated";
      sendFixed(failure.httpStatus(), text);
      return;
    }
    stream.write(text);
    stream.flush();
    throw new IOException("the answer was cut off by an error: code " + failure.code());
  }

  void sendText(int status, String text) throws IOException {
    sendFixed(status, text.getBytes(StandardCharsets.UTF_8));
  }

  private void sendFixed(int status, byte[] body) throws IOException {
    try (OutputStream stream = open(status, body.length == 0 ? -1 : body.length)) {
      if (!exchange.getRequestMethod().equals("HEAD")) {
        stream.write(body);
      }
    }
  }

  /**
   * @param length as {@link HttpExchange#sendResponseHeaders} takes it: 0 for unknown, -1 for none
   */
  private OutputStream open(int status, long length) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", contentType());
    headers.set("X-ClickHouse-Query-Id", request.queryId());
    headers.set("X-ClickHouse-Format", format);
    headers.set("X-ClickHouse-Timezone", identity.timezone());
    headers.set("X-ClickHouse-Server-Display-Name", identity.displayName());
    headers.set("X-ClickHouse-Summary", progress.summary(System.nanoTime() - startNanos));
    if (status == 200 && length == 0) {
      String encoding = request.responseEncoding(identity.compressesByDefault());
      if (encoding != null) {
        headers.set("Content-Encoding", encoding);
      }
    }
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : length);
    return head ? OutputStream.nullOutputStream() : exchange.getResponseBody();
  }

  private String contentType() {
    if (format.startsWith("TabSeparated") || format.startsWith("TSV")) {
      return "text/tab-separated-values; charset=UTF-8";
    }
    if (format.startsWith("CSV")) {
      return "text/csv; charset=UTF-8; header="
          + (format.contains("WithNames") ? "present" : "absent");
    }
    if (format.contains("EachRow")) {
      return "application/x-ndjson; charset=UTF-8";
    }
    if (format.startsWith("JSON")) {
      return "application/json; charset=UTF-8";
    }
    return switch (format) {
      case "XML" -> "application/xml; charset=UTF-8";
      case "RowBinary",
          "RowBinaryWithNames",
          "RowBinaryWithNamesAndTypes",
          "RowBinaryWithDefaults",
          "Native",
          "Parquet",
          "Arrow",
          "ArrowStream",
          "ORC",
          "Avro" ->
          "application/octet-stream";
      default -> "text/plain; charset=UTF-8";
    };
  }
}
