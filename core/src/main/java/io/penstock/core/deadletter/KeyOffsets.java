package io.penstock.core.deadletter;

/**
 * The offset of each key's last record, by a 64-bit hash of the key: two arrays of longs, at most
 * three quarters full, so 22 to 43 MB for a million keys, and half as much again while they grow.
 * Two keys of the same hash count as one; among ten million the odds of a single such pair are one
 * in 300,000. Not thread-safe.
 */
public final class KeyOffsets {
  private static final int MIN_CAPACITY = 1 << 10;

  private long[] hashes = new long[MIN_CAPACITY];

  /** Offset + 1; 0: a free place. */
  private long[] places = new long[MIN_CAPACITY];

  private int size;

  /** How many keys are known. */
  public int size() {
    return size;
  }

  /**
   * Notes a key's last record; what was noted before is forgotten.
   *
   * @param offset from 0, below {@link Long#MAX_VALUE}
   */
  public void put(byte[] key, long offset) {
    long hash = hash(key);
    int at = find(hash);
    if (places[at] == 0) {
      if (4L * (size + 1) > 3L * places.length) {
        grow();
        at = find(hash);
      }
      hashes[at] = hash;
      size++;
    }
    places[at] = offset + 1;
  }

  /** Forgets a key, if it is known. */
  public void remove(byte[] key) {
    int free = find(hash(key));
    if (places[free] == 0) {
      return;
    }
    size--;
    int mask = places.length - 1;
    // What follows without a gap may only be found through the place that becomes free: close up.
    for (int at = (free + 1) & mask; places[at] != 0; at = (at + 1) & mask) {
      int home = home(hashes[at]);
      if (((at - home) & mask) >= ((at - free) & mask)) {
        hashes[free] = hashes[at];
        places[free] = places[at];
        free = at;
      }
    }
    places[free] = 0;
  }

  /** What was noted of this key last; -1: nothing. */
  public long get(byte[] key) {
    return places[find(hash(key))] - 1;
  }

  /** Whether anything was noted of this key. */
  public boolean contains(byte[] key) {
    return places[find(hash(key))] != 0;
  }

  /** Whether this key's last record stands at this offset. */
  public boolean isLast(byte[] key, long offset) {
    return places[find(hash(key))] == offset + 1;
  }

  private int find(long hash) {
    int mask = places.length - 1;
    int at = home(hash);
    while (places[at] != 0 && hashes[at] != hash) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private int home(long hash) {
    return (int) hash & (places.length - 1);
  }

  private void grow() {
    long[] oldHashes = hashes;
    long[] oldPlaces = places;
    int capacity = Math.multiplyExact(places.length, 2);
    hashes = new long[capacity];
    places = new long[capacity];
    for (int i = 0; i < oldPlaces.length; i++) {
      if (oldPlaces[i] != 0) {
        int at = find(oldHashes[i]);
        hashes[at] = oldHashes[i];
        places[at] = oldPlaces[i];
      }
    }
  }

  /** FNV-1a, and MurmurHash3's last step so that the low bits depend on all of the key. */
  private static long hash(byte[] key) {
    long hash = 0xcbf29ce484222325L;
    for (byte one : key) {
      hash = (hash ^ (one & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }
}
