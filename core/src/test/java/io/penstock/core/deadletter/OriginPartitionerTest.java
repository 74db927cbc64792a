package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.event.Origin;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class OriginPartitionerTest {
  private static final int PARTITIONS = 4;

  @Test
  void lettersOfOnePartitionStayTogether() {
    for (int offset = 0; offset < 100; offset++) {
      assertThat(partition("shared-raw-events-3-" + offset)).isEqualTo(3);
      assertThat(partition("shared-raw-events-5-" + offset)).isEqualTo(1);
      assertThat(
              partition(
                  new Origin(Uuid.fromString("x-7-8AAAAAEAAAAAAAAAAg"), "e-9", 2, offset).key()))
          .isEqualTo(2);
    }
  }

  @Test
  void otherKeysAreSpreadByTheirHashes() {
    assertThat(IntStream.range(0, 100).map(i -> partition("key " + i)).distinct().count())
        .isEqualTo(PARTITIONS);
    assertThat(partition("x-99999999999-1")).isBetween(0, PARTITIONS - 1);
    assertThat(partition("")).isBetween(0, PARTITIONS - 1);
  }

  private static int partition(String key) {
    Node node = new Node(0, "localhost", 9092);
    List<PartitionInfo> partitions =
        IntStream.range(0, PARTITIONS)
            .mapToObj(i -> new PartitionInfo("dead", i, node, new Node[0], new Node[0]))
            .toList();
    Cluster cluster = new Cluster("c", List.of(node), partitions, Set.of(), Set.of());
    try (OriginPartitioner partitioner = new OriginPartitioner()) {
      return partitioner.partition("dead", key, key.getBytes(UTF_8), null, null, cluster);
    }
  }
}
