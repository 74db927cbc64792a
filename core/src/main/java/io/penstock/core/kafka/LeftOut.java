package io.penstock.core.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Describes a record that was too large to be unpacked and comes as a shell: with at most the first
 * {@link LargeRecords#HEAD_BYTES} of its value, its key and headers only where these are small
 * (docs/adr/0014).
 *
 * @param size of the value, in bytes
 * @param sha256 of the value, in hexadecimal digits
 */
public record LeftOut(long size, String sha256) {
  /** The header's name, random in each process, so that no producer can write it. */
  private static final String MARK = "penstock.left-out." + UUID.randomUUID();

  /**
   * Reads the description from the headers of a {@link BoundedConsumer}'s record; null if the
   * record came whole.
   */
  public static @Nullable LeftOut of(Headers headers) {
    Header mark = headers.lastHeader(MARK);
    if (mark == null) {
      return null;
    }
    String[] told = new String(mark.value(), UTF_8).split(":", 2);
    return new LeftOut(Long.parseLong(told[0]), told[1]);
  }

  /** Whether this header is not the record's own but tells of it. */
  public static boolean isMark(Header header) {
    return header.key().equals(MARK);
  }

  static Header mark(long size, String sha256) {
    return new RecordHeader(MARK, (size + ":" + sha256).getBytes(UTF_8));
  }
}
