package io.penstock.core.event;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A run of bytes within a larger array, reused from event to event so that the hot path copies
 * nothing. Valid until the parser that filled it parses the next record. Not thread-safe.
 */
public final class Slice {
  private static final byte[] NOTHING = new byte[0];

  /**
   * The record that slices lie in. Shared, so that a new record costs one store of a reference and
   * not one for each slice: the collector pays for every store into an old object.
   */
  static final class Source {
    private byte[] bytes = NOTHING;

    void set(byte[] newBytes) {
      bytes = newBytes;
    }
  }

  private final Source record;

  /** What the run lies in if not in the record. */
  private byte @Nullable [] elsewhere;

  private int from;
  private int length;

  Slice(Source record) {
    this.record = record;
  }

  /** Points at a run within the record. */
  void set(int newFrom, int newLength) {
    from = newFrom;
    length = newLength;
    if (elsewhere != null) {
      elsewhere = null;
    }
  }

  /** Points at the start of another array. */
  void set(byte[] other, int newLength) {
    from = 0;
    length = newLength;
    elsewhere = other;
  }

  void clear() {
    set(0, 0);
  }

  /** The array that holds the run; not to be changed. */
  public byte[] bytes() {
    byte[] other = elsewhere;
    return other == null ? record.bytes : other;
  }

  /** Where in {@link #bytes()} the run starts. */
  public int from() {
    return from;
  }

  /** The run's length in bytes. */
  public int length() {
    return length;
  }

  /** The run read as UTF-8; allocates. */
  @Override
  public String toString() {
    return new String(bytes(), from, length, StandardCharsets.UTF_8);
  }
}
