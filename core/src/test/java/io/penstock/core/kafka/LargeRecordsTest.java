package io.penstock.core.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LargeRecordsTest {
  private static final int LARGEST = 1 << 20;
  private static final Header CLIENT = new RecordHeader("client_id", "acme".getBytes(UTF_8));

  private final LargeRecords large = new LargeRecords(LARGEST);

  private static MemoryRecords batch(CompressionType codec, SimpleRecord... records) {
    return MemoryRecords.withTransactionalRecords(
        (byte) 2, 700, Compression.of(codec).build(), 7, (short) 3, 11, 5, records);
  }

  private static SimpleRecord record(byte @Nullable [] key, byte @Nullable [] value) {
    return new SimpleRecord(1_000, key, value, new Header[] {CLIENT});
  }

  private static List<Record> unpacked(MemoryRecords records) {
    List<Record> all = new ArrayList<>();
    records.records().forEach(all::add);
    return all;
  }

  private static byte[] bytes(@Nullable ByteBuffer buffer) {
    byte[] bytes = new byte[requireNonNull(buffer).remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static LeftOut leftOut(Record record) {
    return requireNonNull(LeftOut.of(new RecordHeaders(record.headers())));
  }

  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void aLargeRecordComesAsItsShellAndAllElseAsItIs(CompressionType codec) throws Exception {
    byte[] small = new byte[2_000];
    new Random(1).nextBytes(small);
    byte[] huge = new byte[40 << 20];
    huge[0] = '{';
    huge[huge.length - 1] = '}';
    byte[] key = "key".getBytes(UTF_8);
    MemoryRecords fetched =
        batch(codec, record(key, small), record(key, huge), record(null, small), record(key, null));

    MemoryRecords safe = large.leftOut(fetched);

    assertThat(safe.sizeInBytes()).isLessThan(60_000);
    List<Record> records = unpacked(safe);
    assertThat(records).extracting(Record::offset).containsExactly(700L, 701L, 702L, 703L);
    assertThat(records).extracting(Record::timestamp).containsOnly(1_000L);
    assertThat(bytes(records.get(0).value())).isEqualTo(small);
    assertThat(records.get(0).headers()).containsExactly(CLIENT);
    assertThat(records.get(2).hasKey()).isFalse();
    assertThat(bytes(records.get(2).value())).isEqualTo(small);
    assertThat(records.get(3).hasValue()).isFalse();

    Record shell = records.get(1);
    assertThat(bytes(shell.key())).isEqualTo(key);
    assertThat(bytes(shell.value())).isEqualTo(Arrays.copyOf(huge, LargeRecords.HEAD_BYTES));
    assertThat(shell.headers()).contains(CLIENT).hasSize(2);
    assertThat(LeftOut.isMark(shell.headers()[1])).isTrue();
    assertThat(leftOut(shell))
        .isEqualTo(
            new LeftOut(
                huge.length,
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(huge))));

    MutableRecordBatch before = fetched.batches().iterator().next();
    MutableRecordBatch after = safe.batches().iterator().next();
    after.ensureValid();
    assertThat((Object) after)
        .asInstanceOf(type(MutableRecordBatch.class))
        .returns(before.baseOffset(), MutableRecordBatch::baseOffset)
        .returns(before.lastOffset(), MutableRecordBatch::lastOffset)
        .returns(7L, MutableRecordBatch::producerId)
        .returns((short) 3, MutableRecordBatch::producerEpoch)
        .returns(11, MutableRecordBatch::baseSequence)
        .returns(5, MutableRecordBatch::partitionLeaderEpoch)
        .returns(true, MutableRecordBatch::isTransactional)
        .returns(codec, MutableRecordBatch::compressionType);
  }

  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void keysAndHeadersMayBeWhatIsLargeAndATombstoneStaysOne(CompressionType codec) {
    byte[] huge = new byte[2 << 20];
    SimpleRecord largeHeader =
        new SimpleRecord(
            1,
            "key".getBytes(UTF_8),
            null,
            new Header[] {new RecordHeader("large", huge), CLIENT, new RecordHeader("none", null)});

    List<Record> records =
        unpacked(large.leftOut(batch(codec, record(huge, new byte[10]), largeHeader)));

    assertThat(records.get(0).hasKey()).isFalse();
    assertThat(bytes(records.get(0).value())).isEqualTo(new byte[10]);
    assertThat(leftOut(records.get(0)).size()).isEqualTo(10);
    assertThat(bytes(records.get(1).key())).isEqualTo("key".getBytes(UTF_8));
    assertThat(records.get(1).hasValue()).isFalse();
    assertThat(leftOut(records.get(1)).size()).isZero();
    assertThat(records.get(1).headers())
        .contains(CLIENT, new RecordHeader("none", null))
        .hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void recordsWithinTheBoundAreLeftAlone(CompressionType codec) {
    SimpleRecord[] records = new SimpleRecord[40];
    Arrays.fill(records, record(null, new byte[LARGEST - 100]));
    MemoryRecords fetched = batch(codec, records);

    assertThat(large.leftOut(fetched)).isSameAs(fetched);
    assertThat(large.leftOut(MemoryRecords.EMPTY)).isSameAs(MemoryRecords.EMPTY);
  }

  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void noBatchUnpacksToMoreThanWasTold(CompressionType codec) {
    byte[] mixed = new byte[600_000];
    new Random(2).nextBytes(mixed);
    Arrays.fill(mixed, 200_000, 500_000, (byte) 'x');
    for (byte[] value : List.of(new byte[3 << 20], mixed, new byte[0])) {
      MemoryRecords records = batch(codec, record(null, value));
      for (MutableRecordBatch batch : records.batches()) {
        assertThat(Unpacked.atMost((DefaultRecordBatch) batch))
            .isGreaterThan(value.length)
            .isLessThan(Long.MAX_VALUE);
      }
    }
  }

  @Test
  void ofZstdTheFramesTell() {
    MemoryRecords records = batch(CompressionType.ZSTD, record(null, new byte[8 << 20]));
    for (MutableRecordBatch batch : records.batches()) {
      assertThat(batch.sizeInBytes()).isLessThan(2_000);
      assertThat(Unpacked.atMost((DefaultRecordBatch) batch)).isBetween(8L << 20, 9L << 20);
    }
    assertThat(Unpacked.zstd(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5})))
        .isEqualTo(Long.MAX_VALUE);
    ByteBuffer cut = ByteBuffer.wrap(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x20, 1, 1});
    assertThat(Unpacked.zstd(cut)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aBatchThatIsReadAgainIsNotUnpackedAgain() {
    MemoryRecords fetched = batch(CompressionType.ZSTD, record(null, new byte[4 << 20]));
    List<Record> first = unpacked(large.leftOut(fetched));
    assertThat(unpacked(large.leftOut(fetched))).isEqualTo(first);
    assertThat(leftOut(first.getFirst()).size()).isEqualTo(4 << 20);
  }

  @Test
  void aBrokenBatchIsKafkasToTellOf() {
    MemoryRecords fetched = batch(CompressionType.ZSTD, record(null, new byte[4 << 20]));
    fetched.buffer().put(fetched.sizeInBytes() - 3, (byte) 99);

    assertThat(large.leftOut(fetched)).isSameAs(fetched);
  }

  @Test
  void onlyTheBatchWithALargeRecordIsRewritten() {
    MemoryRecords first = batch(CompressionType.LZ4, record(null, new byte[10]));
    MemoryRecords second = batch(CompressionType.ZSTD, record(null, new byte[4 << 20]));
    ByteBuffer both = ByteBuffer.allocate(first.sizeInBytes() + second.sizeInBytes());
    both.put(first.buffer()).put(second.buffer()).flip();

    MemoryRecords safe = large.leftOut(MemoryRecords.readableRecords(both));

    assertThat(safe.batches()).hasSize(2).first().isEqualTo(first.batches().iterator().next());
    assertThat(safe.batches().iterator().next().timestampType())
        .isEqualTo(TimestampType.CREATE_TIME);
    assertThat(leftOut(unpacked(safe).get(1)).size()).isEqualTo(4 << 20);
  }
}
