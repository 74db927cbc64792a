package io.penstock.dlq.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TrialRowsTest {
  private final TrialRows rows = new TrialRows();

  @Test
  void rowsComeOutAsTheyWentInHoweverTheArrayGrew() throws IOException {
    for (int i = 0; i < 300; i++) {
      append(i);
    }

    assertThat(rows.count()).isEqualTo(300);
    assertThat(written(0, 300)).hasSize(rows.end());
    for (int i = 0; i < 300; i++) {
      assertThat(written(i, i + 1)).isEqualTo(filled(i));
    }
  }

  @Test
  void memoryIsKeptForTheNextRowsUntilItIsGivenBack() {
    assertThat(rows.memory()).isZero();
    append(5_000);
    long memory = rows.memory();
    assertThat(memory).isGreaterThanOrEqualTo(5_000);

    rows.clear();
    assertThat(rows.count()).isZero();
    assertThat(rows.memory()).isEqualTo(memory);

    rows.release();
    assertThat(rows.memory()).isZero();
    append(1);
    assertThat(rows.end()).isEqualTo(1);
  }

  /** An encoder asks for a little more than it turns out to need. */
  private void append(int size) {
    byte[] reserved = rows.reserve(size + 40);
    int start = rows.reservedAt();
    Arrays.fill(reserved, start, start + size, (byte) size);
    rows.commit(reserved, size);
  }

  private static byte[] filled(int size) {
    byte[] row = new byte[size];
    Arrays.fill(row, (byte) size);
    return row;
  }

  private byte[] written(int from, int to) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    rows.writeTo(out, from, to, 0);
    return out.toByteArray();
  }
}
