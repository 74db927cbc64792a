package io.penstock.core.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.client.Sha256;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;
import org.jspecify.annotations.Nullable;

/**
 * Cuts records that are too large out of fetched batches before Kafka unpacks them. A large record
 * is read as a stream, counted and digested, so that it takes some kB of memory whatever its size.
 * Offsets, timestamps and transactions stay as they are. Not thread-safe.
 */
final class LargeRecords {
  /** How many bytes of a large record's value are kept. */
  static final int HEAD_BYTES = 4 << 10;

  /**
   * How many bytes of a large record's key and headers are kept: those that fit, in their order.
   */
  private static final int KEPT_BYTES = 64 << 10;

  private static final int BYTES_PER_HEADER = 64;
  private static final int CHUNK_BYTES = 8 << 10;
  private static final int MAX_RECENT = 4;

  private final int largest;
  private final BufferSupplier buffers = BufferSupplier.create();
  private final Map<ByteBuffer, ByteBuffer> recent = new LinkedHashMap<>();
  private final byte[] chunk = new byte[CHUNK_BYTES];

  /**
   * @param largest of a record that comes whole: key, value and headers, in bytes
   */
  LargeRecords(int largest) {
    this.largest = largest;
  }

  /** The same records, with a shell ({@link LeftOut}) in place of each that is too large. */
  MemoryRecords leftOut(MemoryRecords records) {
    List<@Nullable ByteBuffer> changed = new ArrayList<>();
    int size = 0;
    boolean any = false;
    for (MutableRecordBatch batch : records.batches()) {
      ByteBuffer smaller = batch instanceof DefaultRecordBatch own ? withoutLarge(own) : null;
      changed.add(smaller);
      any |= smaller != null;
      size += smaller == null ? batch.sizeInBytes() : smaller.remaining();
    }
    if (!any) {
      return records;
    }
    ByteBuffer all = ByteBuffer.allocate(size);
    int i = 0;
    for (MutableRecordBatch batch : records.batches()) {
      ByteBuffer smaller = changed.get(i++);
      if (smaller == null) {
        batch.writeTo(all);
      } else {
        all.put(smaller);
      }
    }
    return MemoryRecords.readableRecords(all.flip());
  }

  /**
   * The batch with its large records cut; null if none is too large, or if the batch is broken,
   * which Kafka itself reports.
   */
  private @Nullable ByteBuffer withoutLarge(DefaultRecordBatch batch) {
    try {
      return !batch.isControlBatch()
              && Unpacked.atMost(batch) > largest
              && batch.isValid()
              && hasLarge(batch)
          ? rewritten(batch)
          : null;
    } catch (IOException | KafkaException broken) {
      return null;
    }
  }

  private boolean hasLarge(DefaultRecordBatch batch) throws IOException {
    Integer count = batch.countOrNull();
    try (InputStream in = batch.recordInputStream(buffers)) {
      for (int i = 0; count != null && i < count; i++) {
        int size = ByteUtils.readVarint(in);
        if (isLarge(size)) {
          return true;
        }
        skip(in, size);
      }
    }
    return false;
  }

  private boolean isLarge(int size) {
    return ByteUtils.sizeOfVarint(size) + (long) size > largest;
  }

  /**
   * The batch without them. Read again, as after a rebalance, it is not unpacked again: that may
   * have taken so long that the group gave its partition away.
   */
  private ByteBuffer rewritten(DefaultRecordBatch batch) throws IOException {
    byte[] bytes = new byte[batch.sizeInBytes()];
    batch.writeTo(ByteBuffer.wrap(bytes));
    ByteBuffer original = ByteBuffer.wrap(bytes);
    ByteBuffer known = recent.get(original);
    if (known == null) {
      known = rewritten(batch, bytes);
      recent.put(original, known);
      if (recent.size() > MAX_RECENT) {
        recent.remove(recent.keySet().iterator().next());
      }
    }
    return known.duplicate();
  }

  /**
   * Writes the batch anew. Its header stays but for length and checksum, since records count from
   * its offset and time.
   */
  private ByteBuffer rewritten(DefaultRecordBatch batch, byte[] original) throws IOException {
    ByteBufferOutputStream out = new ByteBufferOutputStream(batch.sizeInBytes());
    out.write(original, 0, DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
    Integer count = batch.countOrNull();
    try (InputStream in = batch.recordInputStream(buffers);
        DataOutputStream packed =
            new DataOutputStream(
                Compression.of(batch.compressionType())
                    .build()
                    .wrapForOutput(out, batch.magic()))) {
      for (int i = 0; count != null && i < count; i++) {
        copy(in, packed);
      }
    }
    ByteBuffer whole = out.buffer();
    whole.flip();
    whole.putInt(Records.SIZE_OFFSET, whole.limit() - Records.LOG_OVERHEAD);
    CRC32C checksum = new CRC32C();
    int from = DefaultRecordBatch.CRC_OFFSET + Integer.BYTES;
    checksum.update(whole.slice(from, whole.limit() - from));
    whole.putInt(DefaultRecordBatch.CRC_OFFSET, (int) checksum.getValue());
    return whole;
  }

  private void copy(InputStream in, DataOutputStream out) throws IOException {
    int size = ByteUtils.readVarint(in);
    if (!isLarge(size)) {
      ByteUtils.writeVarint(size, out);
      for (int left = size; left > 0; ) {
        int read = read(in, left);
        out.write(chunk, 0, read);
        left -= read;
      }
    } else {
      writeShell(in, out);
    }
  }

  private void writeShell(InputStream in, DataOutputStream out) throws IOException {
    int _ = in.read(); // attributes, of which there are none
    long timestampDelta = ByteUtils.readVarlong(in);
    int offsetDelta = ByteUtils.readVarint(in);
    int room = KEPT_BYTES;
    int keySize = ByteUtils.readVarint(in);
    byte[] key = readOrSkip(in, keySize, room);
    room -= key == null ? 0 : key.length;

    int valueSize = ByteUtils.readVarint(in);
    MessageDigest digest = Sha256.digest();
    ByteBuffer head = ByteBuffer.allocate(Math.clamp(valueSize, 0, HEAD_BYTES));
    for (int left = valueSize; left > 0; ) {
      int read = read(in, left);
      digest.update(chunk, 0, read);
      head.put(chunk, 0, Math.min(read, head.remaining()));
      left -= read;
    }

    List<Header> headers = new ArrayList<>();
    for (int left = ByteUtils.readVarint(in); left > 0; left--) {
      room -= BYTES_PER_HEADER;
      byte[] name = readOrSkip(in, ByteUtils.readVarint(in), room);
      int size = ByteUtils.readVarint(in);
      byte[] value = readOrSkip(in, size, name == null ? -1 : room - name.length);
      if (name != null && (value != null || size < 0)) {
        headers.add(new RecordHeader(new String(name, UTF_8), value));
        room -= name.length + (value == null ? 0 : value.length);
      }
    }
    headers.add(LeftOut.mark(Math.max(valueSize, 0), HexFormat.of().formatHex(digest.digest())));
    int _ =
        DefaultRecord.writeTo(
            out,
            offsetDelta,
            timestampDelta,
            key == null ? null : ByteBuffer.wrap(key),
            valueSize < 0 ? null : head.flip(),
            headers.toArray(new Header[0]));
  }

  /** Reads bytes, or skips them; null if they are absent or more than there is room for. */
  private byte @Nullable [] readOrSkip(InputStream in, int size, int room) throws IOException {
    if (size > room) {
      skip(in, size);
      return null;
    }
    return size < 0 ? null : in.readNBytes(size);
  }

  private void skip(InputStream in, int bytes) throws IOException {
    for (int left = bytes; left > 0; ) {
      left -= read(in, left);
    }
  }

  private int read(InputStream in, int most) throws IOException {
    int read = in.read(chunk, 0, Math.min(most, chunk.length));
    if (read <= 0) {
      throw new EOFException("a record ends before its time");
    }
    return read;
  }
}
