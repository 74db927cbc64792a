package io.penstock.dlq.correction;

import io.penstock.core.deadletter.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * One letter while it is corrected. Its bytes are cut and joined, never written anew. Neither the
 * letter's array nor its headers are changed. Not thread-safe.
 */
final class Draft {
  private static final FieldPath ANY = new FieldPath(List.of("client_id"));

  private final byte[] originalValue;
  private final Headers originalHeaders;
  private byte[] value;
  private Headers headers;
  private boolean read;

  /**
   * @throws NotCorrectable if the bytes are not what the router would read as UTF-8
   */
  Draft(byte[] value, Headers headers) throws NotCorrectable {
    this.originalValue = value;
    this.originalHeaders = headers;
    this.value = value;
    this.headers = headers;
    if (value.length == 0) {
      throw new NotCorrectable("the event has no bytes");
    }
    if (startsWith(0xef, 0xbb, 0xbf) || startsWith(0xfe, 0xff) || startsWith(0xff, 0xfe)) {
      throw new NotCorrectable("the event begins with a byte order mark");
    }
    for (int i = 0; i < value.length; i++) {
      if (value[i] == 0) {
        throw new NotCorrectable(
            "the event has a zero at byte " + i + ": it may be UTF-16; JSON in UTF-8 has none");
      }
    }
    if (DeadLetter.strictText(value) == null) {
      throw new NotCorrectable("the event is not valid UTF-8");
    }
  }

  private boolean startsWith(int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (i >= value.length || (value[i] & 0xff) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /** Where the field is in {@link #bytes()}. */
  MemberFinder.Place find(FieldPath field) throws NotCorrectable {
    MemberFinder.Place place = MemberFinder.find(value, field);
    read = true;
    return place;
  }

  /** The event's bytes as they are now; not to be changed. */
  byte[] bytes() {
    return value;
  }

  /** Puts other bytes in the place of {@code [from, to)}. */
  void splice(int from, int to, byte[] replacement) {
    byte[] joined = Arrays.copyOf(value, value.length - (to - from) + replacement.length);
    System.arraycopy(replacement, 0, joined, from, replacement.length);
    System.arraycopy(value, to, joined, from + replacement.length, value.length - to);
    value = joined;
  }

  /** Whether a header gives the field, as the router sees it: the last one, unless it is null. */
  boolean hasHeaderFor(FieldPath field) {
    return headerFor(field) != null;
  }

  /** Gives the header that {@link #hasHeaderFor} found, in its place, another value. */
  void setHeaderFor(FieldPath field, String text) {
    Header old = headerFor(field);
    if (old == null) {
      throw new IllegalStateException("no header gives " + field);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (Arrays.equals(old.value(), bytes)) {
      return;
    }
    Header[] all = headers.toArray();
    int last = all.length - 1;
    while (!all[last].key().equals(old.key())) {
      last--;
    }
    all[last] = new RecordHeader(old.key(), bytes);
    headers = new RecordHeaders(all);
  }

  private @Nullable Header headerFor(FieldPath field) {
    String name = field.header();
    Header header = name == null ? null : headers.lastHeader(name);
    return header == null || header.value() == null ? null : header;
  }

  /**
   * What has become of the letter.
   *
   * @throws NotCorrectable if the bytes are no JSON object and no correction has noticed
   */
  Corrected finish() throws NotCorrectable {
    if (!read) {
      find(ANY);
    }
    boolean same =
        Arrays.equals(value, originalValue)
            && Arrays.equals(headers.toArray(), originalHeaders.toArray());
    return same ? new Corrected.Unchanged() : new Corrected.Changed(value, headers);
  }
}
