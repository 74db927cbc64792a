package io.penstock.delivery.block;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.client.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.kafka.common.Uuid;

/**
 * The name of exactly one set of rows, so that ClickHouse drops the second insert of it: a token
 * outranks the data (clickhouse.com/docs/operations/settings/settings#insert_deduplication_token).
 * It covers the topic's id, the partition, the block, the client and its table, which rows of the
 * block the insert has, and their offsets: if a record is judged otherwise when it is read again,
 * the rows get another token.
 */
final class DeduplicationToken {
  private static final int CHUNK = 8192;

  private DeduplicationToken() {}

  /** The token of the rows {@code [from, to)}, as the block's version makes it. */
  static String of(TableBlock block, int from, int to) {
    return block.version() == 0 ? version0(block, from, to) : version1(block, from, to);
  }

  private static String version1(TableBlock block, int from, int to) {
    MessageDigest digest = digest(block, from, to);
    digest.update((byte) 0);
    digest.update(block.table().name().getBytes(UTF_8));
    return "penstock-1-" + HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  /** As the release before 0.2 made it: without the table's name. */
  private static String version0(TableBlock block, int from, int to) {
    return "penstock-" + HexFormat.of().formatHex(digest(block, from, to).digest(), 0, 16);
  }

  private static MessageDigest digest(TableBlock block, int from, int to) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer numbers = ByteBuffer.allocate(CHUNK);
    Uuid topicId = block.source().topicId();
    numbers.putLong(topicId.getMostSignificantBits()).putLong(topicId.getLeastSignificantBits());
    numbers.putInt(block.source().partition().partition());
    numbers.putLong(block.start()).putLong(block.end()).putInt(from).putInt(to);
    for (int row = from; row < to; row++) {
      if (numbers.remaining() < Long.BYTES) {
        digest.update(numbers.flip());
        numbers.clear();
      }
      numbers.putLong(block.rows().offset(row));
    }
    digest.update(numbers.flip());
    digest.update(block.client().clientId().getBytes(UTF_8));
    digest.update((byte) 0);
    digest.update(block.client().database().getBytes(UTF_8));
    return digest;
  }
}
