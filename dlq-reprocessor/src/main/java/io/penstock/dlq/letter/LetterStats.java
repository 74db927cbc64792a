package io.penstock.dlq.letter;

import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Letters counted by what they have in common. Bounded: at most {@value #MAX_GROUPS} groups, beyond
 * which letters are counted together, and {@value #MAX_NAMES} clients and causes of each. Not
 * thread-safe.
 */
public final class LetterStats {
  static final int MAX_GROUPS = 1_000;
  public static final int MAX_NAMES = 1_000;

  /** The group of letters without the header. */
  static final String NONE = "(none)";

  /** The letters beyond the bound. */
  static final String OTHERS = "(others)";

  /** What letters are grouped by. */
  public enum By {
    CAUSE,
    CLIENT,
    REASON,
    HOUR;

    String of(DeadLetter letter) {
      return switch (this) {
        case CAUSE -> orNone(letter.text(DeadLetterHeaders.FINGERPRINT));
        case CLIENT -> orNone(letter.text(DeadLetterHeaders.CLIENT));
        case REASON -> orNone(letter.text(DeadLetterHeaders.REASON));
        case HOUR -> letter.failedAt().truncatedTo(ChronoUnit.HOURS).toString();
      };
    }
  }

  /** The letters of one group. */
  public static final class Group {
    private final String name;
    private final DeadLetter example;
    private final Set<String> clients = new TreeSet<>();
    private final Set<String> causes = new TreeSet<>();
    private long count;
    private Instant first;
    private Instant last;

    private Group(String name, DeadLetter example) {
      this.name = name;
      this.example = example;
      this.first = example.failedAt();
      this.last = first;
    }

    private void add(DeadLetter letter) {
      count++;
      Instant at = letter.failedAt();
      first = at.isBefore(first) ? at : first;
      last = at.isAfter(last) ? at : last;
      note(clients, letter.text(DeadLetterHeaders.CLIENT));
      note(causes, letter.text(DeadLetterHeaders.FINGERPRINT));
    }

    private static void note(Set<String> names, @Nullable String name) {
      // One more than the bound, which tells that there are more.
      if (name != null && names.size() <= MAX_NAMES) {
        names.add(name);
      }
    }

    public String name() {
      return name;
    }

    public long count() {
      return count;
    }

    /** The clients; one more than {@link #MAX_NAMES} means that there are still more. */
    public Set<String> clients() {
      return clients;
    }

    /** The fingerprints, bounded in the same way. */
    public Set<String> causes() {
      return causes;
    }

    /** When the first of them failed, by the last attempt of each. */
    public Instant first() {
      return first;
    }

    public Instant last() {
      return last;
    }

    /** The first letter that was read. */
    public String example() {
      return LetterText.origin(example);
    }

    /** A header that all letters of one cause share; null where they may differ. */
    public @Nullable String text(String header) {
      return mixed() ? null : example.text(header);
    }

    private boolean mixed() {
      return name.equals(NONE) || name.equals(OTHERS);
    }

    /** What the failures are about, a field or a column: the fingerprint's last part. */
    public String subject() {
      String fingerprint = text(DeadLetterHeaders.FINGERPRINT);
      String[] parts = fingerprint == null ? new String[0] : fingerprint.split(":", 4);
      return parts.length == 4 ? parts[3] : "";
    }
  }

  private final By by;
  private final Map<String, Group> groups = new HashMap<>();
  private long total;

  public LetterStats(By by) {
    this.by = by;
  }

  /** Counts another one. */
  public void add(DeadLetter letter) {
    total++;
    String name = by.of(letter);
    if (!groups.containsKey(name) && groups.size() >= MAX_GROUPS) {
      name = OTHERS;
    }
    groups.computeIfAbsent(name, group -> new Group(group, letter)).add(letter);
  }

  public long total() {
    return total;
  }

  /** The groups: hours from the earliest on, everything else by count, the largest first. */
  public List<Group> groups() {
    List<Group> sorted = new ArrayList<>(groups.values());
    Comparator<Group> byName = Comparator.comparing(Group::name);
    sorted.sort(
        by == By.HOUR
            ? byName
            : Comparator.comparingLong(Group::count).reversed().thenComparing(byName));
    return sorted;
  }

  private static String orNone(@Nullable String text) {
    return text == null ? NONE : text;
  }
}
