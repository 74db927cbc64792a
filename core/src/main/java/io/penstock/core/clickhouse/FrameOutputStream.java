package io.penstock.core.clickhouse;

import java.io.IOException;
import java.io.OutputStream;

/** Writes data as {@linkplain Frame frames}; takes whole ones as they are. Not thread-safe. */
public final class FrameOutputStream extends OutputStream {
  private static final int BLOCK_BYTES = 64 << 10;

  private final OutputStream out;
  private final byte[] block = new byte[BLOCK_BYTES];
  private final byte[] frame = new byte[Frame.maxBytes(BLOCK_BYTES)];
  private int filled;

  /**
   * @param out closed by {@link #close}
   */
  public FrameOutputStream(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int oneByte) throws IOException {
    if (filled == BLOCK_BYTES) {
      writeFrame();
    }
    block[filled++] = (byte) oneByte;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int written = 0;
    while (written < length) {
      if (filled == BLOCK_BYTES) {
        writeFrame();
      }
      int count = Math.min(length - written, BLOCK_BYTES - filled);
      System.arraycopy(bytes, offset + written, block, filled, count);
      filled += count;
      written += count;
    }
  }

  /** Writes a frame that was made before, behind what was written so far. */
  public void writeWhole(byte[] ready) throws IOException {
    writeFrame();
    out.write(ready);
  }

  private void writeFrame() throws IOException {
    if (filled > 0) {
      out.write(frame, 0, Frame.compress(block, filled, frame));
      filled = 0;
    }
  }

  @Override
  public void flush() throws IOException {
    writeFrame();
    out.flush();
  }

  @Override
  public void close() throws IOException {
    writeFrame();
    out.close();
  }
}
