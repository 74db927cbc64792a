package io.penstock.delivery.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.clickhouse.Frame;
import io.penstock.core.clickhouse.FrameOutputStream;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.rows.EventRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Rows over the borders of their pieces and frames, against a plain list of them. */
class TableRowsTest {
  private static final int PIECE = Memory.PIECE_BYTES;

  private final Memory memory = new Memory();
  private final TableRows rows =
      new TableRows(
          EventRows.TABLE,
          new ClientMetadata("acme", ClientStatus.ACTIVE, "client_acme", "default", List.of()),
          memory);
  private final List<byte[]> model = new ArrayList<>();
  private long nextOffset = 100;

  @RepeatedTest(50)
  void rowsOfAnySizeComeOutAsTheyWentIn(RepetitionInfo repetition) throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    for (int step = 0; step < 200; step++) {
      if (random.nextInt(10) == 0 && !model.isEmpty()) {
        drop(1 + random.nextInt(model.size()));
      } else if (random.nextInt(10) == 0) {
        int kept = model.size();
        long offset = nextOffset;
        for (int row = 0; row < 4; row++) {
          nextOffset = offset;
          append(random, sizes(random));
        }
        rows.takeBack(offset);
        model.subList(kept, model.size()).clear();
      } else {
        append(random, sizes(random));
      }
      int from = random.nextInt(model.size() + 1);
      int to = from + random.nextInt(model.size() - from + 1);
      assertThat(written(from, to)).isEqualTo(joined(from, to));
      assertThat(unframed(from, to)).isEqualTo(joined(from, to));
      for (int row = from; row < to; row++) {
        assertThat(rows.size(row)).isEqualTo(model.get(row).length);
        assertThat(rows.recordBytes(row)).isEqualTo(model.get(row).length);
      }
      assertThat(rows.count()).isEqualTo(model.size());
    }
    drop(model.size());
    assertThat(memory.bytes()).isZero();
  }

  private static int sizes(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> 1 + random.nextInt(10);
      case 1 -> PIECE - 2 + random.nextInt(5);
      case 2 -> 1 + random.nextInt(3 * PIECE);
      default -> 200 + random.nextInt(400);
    };
  }

  private void append(Random random, int size) {
    byte[] row = new byte[size];
    random.nextBytes(row);
    // Some rows can be compressed, and some cannot.
    Arrays.fill(
        row, Math.min(size, 20), random.nextBoolean() ? size : Math.min(size, 20), (byte) 7);
    rows.of(rows.client(), nextOffset, size, 0, false);
    // An encoder asks for a little more than it turns out to need.
    byte[] reserved = rows.reserve(size + random.nextInt(40));
    System.arraycopy(row, 0, reserved, rows.reservedAt(), size);
    rows.commit(reserved, size);
    nextOffset += 1 + random.nextInt(3);
    model.add(row);
  }

  private void drop(int count) {
    rows.dropFirst(count);
    model.subList(0, count).clear();
  }

  private byte[] written(int from, int to) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    rows.writeTo(out, from, to, 0);
    return out.toByteArray();
  }

  /** The same as it is sent: in frames. */
  private byte[] unframed(int from, int to) throws IOException {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    FrameOutputStream frames = new FrameOutputStream(sent);
    rows.writeTo(frames, from, to, 0);
    frames.flush();
    byte[] all = sent.toByteArray();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < all.length; ) {
      int length =
          Frame.CHECKSUM_BYTES
              + ByteBuffer.wrap(all)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .getInt(at + Frame.CHECKSUM_BYTES + 1);
      out.writeBytes(Frame.decompress(Arrays.copyOfRange(all, at, at + length)));
      at += length;
    }
    return out.toByteArray();
  }

  private byte[] joined(int from, int to) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    model.subList(from, to).forEach(out::writeBytes);
    return out.toByteArray();
  }

  @Test
  void memoryIsCountedInPiecesAndUsedAgain() {
    Random random = new Random(1);
    append(random, 10);
    long row = memory.bytes() - PIECE;
    assertThat(row).isBetween(1L, 40L);
    byte[] piece = rows.reserve(10);
    append(random, PIECE);
    assertThat(memory.bytes()).isEqualTo(2 * (PIECE + row));

    drop(2);
    append(random, PIECE + 1);

    assertThat(memory.bytes()).isEqualTo(2L * PIECE + row);
    assertThat(rows.reserve(10)).isSameAs(piece);
    drop(1);
    assertThat(memory.bytes()).isZero();
  }

  @Test
  void whatFillsAFrameIsHeldCompressed() throws IOException {
    Random random = new Random(1);
    for (int row = 0; row < 1_000; row++) {
      append(random, 1_000);
    }
    assertThat(memory.bytes()).isLessThan(rows.bytes(0, 1_000) * 2 / 3);
    assertThat(unframed(0, 1_000)).isEqualTo(joined(0, 1_000));
    assertThat(rows.bytesOf(567)).isEqualTo(model.get(567));
    assertThat(rows.find(rows.offset(567), Arrays.copyOf(model.get(567), 16))).isEqualTo(567);

    drop(1_000);
    assertThat(memory.bytes()).isZero();
  }

  @Test
  void rowsAreWrittenWithoutTheirLastColumnWhereATableLacksIt() throws IOException {
    Random random = new Random(1);
    for (int size : new int[] {30, PIECE, 40, 2 * PIECE + 3}) {
      append(random, size);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    rows.writeTo(out, 1, 4, 23);

    ByteArrayOutputStream shorter = new ByteArrayOutputStream();
    model.subList(1, 4).forEach(row -> shorter.write(row, 0, row.length - 23));
    assertThat(out.toByteArray()).isEqualTo(shorter.toByteArray());
  }

  @Test
  void rowsAreKnownByTheirIds() {
    Random random = new Random(1);
    for (int size : new int[] {PIECE - 5, 30, 40}) {
      append(random, size); // The second one's id lies on the border of two pieces.
    }

    for (int row = 0; row < 3; row++) {
      byte[] id = Arrays.copyOf(model.get(row), 16);
      assertThat(rows.find(rows.offset(row), id)).isEqualTo(row);
      assertThat(rows.find(rows.offset(row) + 1, id)).isNegative();
      id[15]++;
      assertThat(rows.find(rows.offset(row), id)).isNegative();
    }
  }

  @Test
  void rowsBelowAnOffsetAreCounted() {
    Random random = new Random(1);
    for (int i = 0; i < 5; i++) {
      append(random, 10);
    }
    assertThat(rows.countBelow(rows.offset(0))).isZero();
    assertThat(rows.countBelow(rows.offset(3))).isEqualTo(3);
    assertThat(rows.countBelow(rows.offset(3) + 1)).isEqualTo(4);
    assertThat(rows.countBelow(Long.MAX_VALUE)).isEqualTo(5);
  }
}
