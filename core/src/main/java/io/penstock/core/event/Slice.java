package io.penstock.core.event;

import java.nio.charset.StandardCharsets;

/**
 * A run of bytes within a larger array, reused from event to event so that the hot path copies
 * nothing. Valid until the parser that filled it parses the next record. Not thread-safe.
 */
public final class Slice {
  private static final byte[] NOTHING = new byte[0];

  private byte[] bytes = NOTHING;
  private int from;
  private int length;

  Slice() {}

  void set(byte[] newBytes, int newFrom, int newLength) {
    bytes = newBytes;
    from = newFrom;
    length = newLength;
  }

  void clear() {
    set(NOTHING, 0, 0);
  }

  /** The array that holds the run; not to be changed. */
  public byte[] bytes() {
    return bytes;
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
    return new String(bytes, from, length, StandardCharsets.UTF_8);
  }
}
