package io.penstock.local.engine;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request, decoded. A body that stops early, in its transfer coding or in any of its
 * compressions, ends in an {@link IOException} and never looks complete.
 */
final class RequestBody extends InputStream {
  /** What is read and thrown away so that a client still sending gets to see the error. */
  private static final long MAX_DRAINED_BYTES = 256L << 20;

  private final InputStream raw;
  private final FrontRequest request;
  private final String version;
  private @Nullable InputStream decoded;
  private boolean ended;

  RequestBody(InputStream raw, FrontRequest request, String version) {
    this.raw = raw;
    this.request = request;
    this.version = version;
  }

  /** Refuses encodings that this front does not know, before anything is read. */
  void checkEncoding() throws EngineException {
    String encoding = request.contentEncoding();
    if (encoding != null
        && !switch (encoding) {
          case "", "identity", "gzip", "x-gzip", "deflate", "lz4", "zstd" -> true;
          default -> false;
        }) {
      throw EngineException.of(
          48, "NOT_IMPLEMENTED", "Unknown compression method '" + encoding + "'", version);
    }
  }

  private InputStream decoded() throws IOException {
    InputStream stream = decoded;
    if (stream == null) {
      String encoding = request.contentEncoding();
      stream =
          switch (encoding == null ? "" : encoding) {
            case "gzip", "x-gzip" -> new GZIPInputStream(raw, 64 * 1024);
            case "deflate" -> new InflaterInputStream(raw);
            case "lz4" -> new LZ4FrameInputStream(raw);
            case "zstd" -> new ZstdInputStream(raw);
            default -> raw;
          };
      if (request.framesRequest()) {
        stream = new FrameInputStream(stream);
      }
      decoded = stream;
    }
    return stream;
  }

  private boolean isCompressed() {
    return request.framesRequest() || request.contentEncoding() != null;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (ended) {
      return -1;
    }
    try {
      int count = decoded().read(target, offset, length);
      if (count < 0) {
        // A decoder may stop at its own end mark; only the transfer's end proves a whole body.
        if (isCompressed() && raw.read() >= 0) {
          throw new IOException("the body goes on after the end of its compressed data");
        }
        ended = true;
      }
      return count;
    } catch (IOException unreadable) {
      throw new BrokenBodyException(unreadable);
    }
  }

  /** The body cannot be read to its end: the client is gone or sent something damaged. */
  static final class BrokenBodyException extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenBodyException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** Reads what the client is still sending, within a bound. */
  void drain() {
    try {
      byte[] scratch = new byte[16 * 1024];
      long left = MAX_DRAINED_BYTES;
      int count;
      while (left > 0 && (count = raw.read(scratch)) >= 0) {
        left -= count;
      }
    } catch (IOException gone) {
      // Nobody is there to read the answer either.
    }
  }
}
