package io.penstock.local.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/** Writes LZ4 frames of ClickHouse's own framing; see {@link FrameInputStream}. */
final class FrameOutputStream extends OutputStream {
  private static final int BLOCK_BYTES = 64 * 1024;

  private final OutputStream out;
  private final LZ4Compressor compressor = LZ4Factory.fastestInstance().fastCompressor();
  private final byte[] block = new byte[BLOCK_BYTES];
  private final byte[] frame =
      new byte
          [FrameInputStream.CHECKSUM_BYTES
              + FrameInputStream.HEADER_BYTES
              + compressor.maxCompressedLength(BLOCK_BYTES)];
  private int filled;

  FrameOutputStream(OutputStream out) {
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

  private void writeFrame() throws IOException {
    if (filled == 0) {
      return;
    }
    int overhead = FrameInputStream.CHECKSUM_BYTES + FrameInputStream.HEADER_BYTES;
    int data = compressor.compress(block, 0, filled, frame, overhead);
    int compressed = FrameInputStream.HEADER_BYTES + data;
    ByteBuffer header = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    header.put(FrameInputStream.CHECKSUM_BYTES, FrameInputStream.LZ4);
    header.putInt(FrameInputStream.CHECKSUM_BYTES + 1, compressed);
    header.putInt(FrameInputStream.CHECKSUM_BYTES + 5, filled);
    long[] checksum = FrameInputStream.checksum(frame, FrameInputStream.CHECKSUM_BYTES, compressed);
    header.putLong(0, checksum[0]);
    header.putLong(8, checksum[1]);
    out.write(frame, 0, overhead + data);
    filled = 0;
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
