package io.penstock.delivery.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.rows.EventRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Rows over the borders of their pieces of memory, against a plain list of them. */
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
      } else {
        append(random, sizes(random));
      }
      int from = random.nextInt(model.size() + 1);
      int to = from + random.nextInt(model.size() - from + 1);
      assertThat(written(from, to)).isEqualTo(joined(from, to));
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

  private byte[] joined(int from, int to) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    model.subList(from, to).forEach(out::writeBytes);
    return out.toByteArray();
  }

  @Test
  void memoryIsCountedInPiecesAndUsedAgain() {
    Random random = new Random(1);
    append(random, 10);
    assertThat(memory.bytes()).isEqualTo(PIECE);
    byte[] piece = rows.reserve(10);
    append(random, PIECE);
    assertThat(memory.bytes()).isEqualTo(2L * PIECE);

    drop(2);
    append(random, PIECE + 1);

    assertThat(memory.bytes()).isEqualTo(2L * PIECE);
    assertThat(rows.reserve(10)).isSameAs(piece);
    drop(1);
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
