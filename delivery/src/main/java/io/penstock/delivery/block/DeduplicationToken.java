package io.penstock.delivery.block;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.kafka.common.Uuid;

/**
 * Names exactly one set of rows, so that ClickHouse drops the second insert of it: a token outranks
 * the data (clickhouse.com/docs/operations/settings/settings#insert_deduplication_token). It covers
 * the topic's id, the partition, the block, the client and its table, which rows of the block the
 * insert has, and their offsets: if a replay judges a record otherwise, its rows get another token.
 */
final class DeduplicationToken {
  private static final int CHUNK = 8192;
  private static final byte[] TABLE = "events_base".getBytes(UTF_8);

  private DeduplicationToken() {}

  static String of(
      Uuid topicId, int partition, long start, long end, TableRows rows, int from, int to) {
    MessageDigest digest = digest(topicId, partition, start, end, rows, from, to);
    digest.update((byte) 0);
    digest.update(TABLE);
    return "penstock-1-" + HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  /** As the release before 0.2 made it: without the table's name. */
  static String version0(
      Uuid topicId, int partition, long start, long end, TableRows rows, int from, int to) {
    byte[] hash = digest(topicId, partition, start, end, rows, from, to).digest();
    return "penstock-" + HexFormat.of().formatHex(hash, 0, 16);
  }

  private static MessageDigest digest(
      Uuid topicId, int partition, long start, long end, TableRows rows, int from, int to) {
    MessageDigest digest = sha256();
    ByteBuffer numbers = ByteBuffer.allocate(CHUNK);
    numbers.putLong(topicId.getMostSignificantBits()).putLong(topicId.getLeastSignificantBits());
    numbers.putInt(partition).putLong(start).putLong(end).putInt(from).putInt(to);
    for (int row = from; row < to; row++) {
      if (numbers.remaining() < Long.BYTES) {
        digest.update(numbers.flip());
        numbers.clear();
      }
      numbers.putLong(rows.offset(row));
    }
    digest.update(numbers.flip());
    digest.update(rows.client().clientId().getBytes(UTF_8));
    digest.update((byte) 0);
    digest.update(rows.client().database().getBytes(UTF_8));
    return digest;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
