package io.penstock.dlq.archive;

import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.KeyOffsets;
import java.nio.ByteBuffer;
import java.util.TreeSet;

/**
 * Which of a file's letters go into the topic: of each key in a partition the last one, as the
 * topic itself has it, unless the key is outstanding. A key counts as outstanding in its own
 * partition; and in any other partition where the file does not have it: partitions were added, and
 * the event has failed again since.
 *
 * <p>First {@link #add} all of the file, then {@link #outstanding} all that is {@link #known} of
 * the topic, then ask {@link #takes}. The memory is that of {@link KeyOffsets} for the file's
 * letters. Not thread-safe.
 */
public final class ImportSelection {
  private final KeyOffsets lines = new KeyOffsets();
  private final KeyOffsets there = new KeyOffsets();
  private final TreeSet<Integer> partitions = new TreeSet<>();
  private long letters;
  private long keyless;

  /** Notes one of the file's letters, in their order. */
  public void add(long line, DeadLetter letter) {
    letters++;
    byte[] key = letter.key();
    if (key == null) {
      keyless++;
      return;
    }
    int partition = letter.partition().partition();
    var _ = partitions.add(partition);
    lines.put(place(partition, key), line);
  }

  /** Whether the file has a letter of the same key. */
  public boolean known(DeadLetter inTopic) {
    byte[] key = inTopic.key();
    return key != null
        && (lines.contains(place(inTopic.partition().partition(), key))
            || partitions.stream().anyMatch(one -> lines.contains(place(one, key))));
  }

  /** Notes that a letter is outstanding now. */
  public void outstanding(DeadLetter inTopic) {
    byte[] key = inTopic.key();
    if (key == null) {
      return;
    }
    byte[] own = place(inTopic.partition().partition(), key);
    if (lines.contains(own)) {
      there.put(own, 0);
      return;
    }
    for (int partition : partitions) {
      byte[] other = place(partition, key);
      if (lines.contains(other)) {
        there.put(other, 0);
      }
    }
  }

  /** Whether this line of the file goes into the topic. */
  public boolean takes(long line, DeadLetter letter) {
    byte[] key = letter.key();
    if (key == null) {
      return false;
    }
    byte[] place = place(letter.partition().partition(), key);
    return lines.isLast(place, line) && !there.contains(place);
  }

  /** How many letters the file has. */
  public long letters() {
    return letters;
  }

  /** How many go into the topic. */
  public long wanted() {
    return (long) lines.size() - there.size();
  }

  /** How many stay out since their key is outstanding. */
  public long thereAlready() {
    return there.size();
  }

  /** How many stay out since a later line has the same key. */
  public long repeated() {
    return letters - keyless - lines.size();
  }

  /**
   * How many have no key. They stay out: nothing tells them from those that are in the topic still,
   * since they cannot be discarded, and a compacted topic takes none.
   */
  public long keyless() {
    return keyless;
  }

  private static byte[] place(int partition, byte[] key) {
    return ByteBuffer.allocate(Integer.BYTES + key.length).putInt(partition).put(key).array();
  }
}
