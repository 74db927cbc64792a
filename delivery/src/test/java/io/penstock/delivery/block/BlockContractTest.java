package io.penstock.delivery.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.rows.EventRows;
import io.penstock.core.rows.Source;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/**
 * What one release writes and the next has to repeat: tokens, and where a block is cut. If a test
 * here fails, do not change its values: give the intent a new version, and keep the old one's rule
 * for a release.
 */
class BlockContractTest {
  private static final int MIB = 1 << 20;
  private static final Uuid TOPIC = Uuid.fromString("nS8uK1m2QbmVHzuYkjqGSw");

  private final TableRows rows =
      new TableRows(
          EventRows.TABLE,
          new ClientMetadata("acme", ClientStatus.ACTIVE, "client_acme", "default", List.of()),
          new Memory());
  private long nextOffset = 1_000;

  @Test
  void shouldMakeTheTokensOfVersion1() {
    append(3, 100, 500);

    assertThat(block(1).token(0, 3)).isEqualTo("penstock-1-57e00dfe086364da82d8b63c72fe0a60");
    assertThat(block(1).token(1, 3)).isEqualTo("penstock-1-234f84001af31c6b22246f7bf56672e0");
  }

  @Test
  void shouldMakeTheTokensOfTheReleaseBefore() {
    append(3, 100, 500);

    assertThat(block(0).token(0, 3)).isEqualTo("penstock-99c8869f18402a1c5bcbd36ae4f61f50");
    assertThat(block(0).token(1, 3)).isEqualTo("penstock-bf18cfab339f35c5d9c1db237c2ca3cb");
  }

  @Test
  void shouldCutBySizeOfRecordsWhateverTheirRowsTake() {
    append(100, MIB, 100);

    assertThat(block(1).endOfChunk(0)).isEqualTo(64);
    assertThat(block(1).endOfChunk(64)).isEqualTo(100);
    assertThat(block(0).endOfChunk(0)).isEqualTo(100);
  }

  @Test
  void shouldCutABlockOfTheReleaseBeforeBySizeOfItsRows() {
    append(100, 100, MIB + EventRows.TABLE.newestBytes());

    assertThat(block(0).endOfChunk(0)).isEqualTo(64);
    assertThat(block(0).endOfChunk(64)).isEqualTo(100);
    assertThat(block(1).endOfChunk(0)).isEqualTo(100);
  }

  @Test
  void shouldTakeAtLeastOneRowAndAtMostHalfAMillion() {
    append(2, 65 * MIB, 100);
    assertThat(block(1).endOfChunk(0)).isEqualTo(1);

    append(500_010, 10, 40);
    assertThat(block(1).endOfChunk(2)).isEqualTo(500_002);
    assertThat(block(0).endOfChunk(2)).isEqualTo(500_002);
  }

  private TableBlock block(int version) {
    return TableBlock.of(
        new Source(TOPIC, new TopicPartition("events", 7)), version, 1_000, nextOffset, rows);
  }

  private void append(int count, int recordBytes, int rowBytes) {
    for (int i = 0; i < count; i++) {
      rows.of(rows.client(), nextOffset, recordBytes, 0, false);
      byte[] reserved = rows.reserve(rowBytes);
      rows.commit(reserved, rowBytes);
      nextOffset += 2;
    }
  }
}
