package io.penstock.delivery.insert;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.TargetTable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ClickHouse servers and clusters that rows go to: the configured one, and those of
 * PostgreSQL's table {@code targets}, which is read again every half minute and at once for a name
 * that was not met before. So a target that is added, or changed, counts without a restart. While
 * PostgreSQL is away, what is known goes on. Thread-safe; {@link #find} of a known target neither
 * blocks nor locks.
 */
public final class Targets implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Targets.class);
  private static final Duration REFRESH = Duration.ofSeconds(30);

  /** How long a name stays unknown, and how long PostgreSQL is left alone after a failure. */
  private static final Duration RETRY = Duration.ofSeconds(2);

  /** Longer than an attempt of inserts, which may still hold the target that was replaced. */
  private static final Duration RETIREMENT = Duration.ofMinutes(5);

  private final Table table;
  private final Opener opener;
  private final LongSupplier nanoTime;

  /** By name; replaced as a whole. */
  private volatile Map<String, Open> targets;

  /** Why the names that were asked for in vain are unknown, and until when that counts. */
  private final Map<String, Missing> missing = new ConcurrentHashMap<>();

  /** What was logged of targets that cannot be used, by name. */
  private final Map<String, String> told = new HashMap<>();

  private final List<Retired> retired = new ArrayList<>();
  private @Nullable Failure lastFailure;
  private @Nullable Thread refresher;
  private boolean closed;

  /** Where the targets are read. */
  public interface Table {
    /** All of them, the configured one too. Blocks for PostgreSQL's time-outs at most. */
    TargetTable read() throws SQLException;
  }

  /** Connects to a target; a configuration that cannot be used is an exception. */
  public interface Opener {
    /** Asks nothing of the server yet. */
    InsertTarget open(String name, ClickHouseConfig config);
  }

  /** What is known of a name. */
  public sealed interface Answer {}

  /** Rows can go there. */
  public record Known(InsertTarget target) implements Answer {}

  /**
   * PostgreSQL says that there is no such target, or it cannot be used from here.
   *
   * @param problem a sentence, without a secret
   */
  public record Unknown(String problem) implements Answer {}

  /**
   * The name was never met and PostgreSQL cannot be asked: wait.
   *
   * @param detail the kind of failure
   */
  public record Unavailable(String detail) implements Answer {}

  private record Open(ClickHouseConfig config, Known answer) {}

  private record Missing(String problem, long untilNanos) {}

  private record Failure(String detail, long untilNanos) {}

  private record Retired(InsertTarget target, long closeAtNanos) {}

  /**
   * Opens the configured target, and throws what its opener does.
   *
   * @param configured the target named {@value ClickHouseConfig#TARGET}
   */
  public Targets(ClickHouseConfig configured, Table table, Opener opener, LongSupplier nanoTime) {
    this.table = table;
    this.opener = opener;
    this.nanoTime = nanoTime;
    String name = ClickHouseConfig.TARGET;
    targets = Map.of(name, new Open(configured, new Known(opener.open(name, configured))));
  }

  /** Begins to read the table, now and every half minute. */
  public synchronized void start() {
    refresher = Thread.ofVirtual().name("clickhouse-targets").start(this::refresh);
  }

  /** Blocks for PostgreSQL's time-outs at most, and only for a name that is not known. */
  public Answer find(String name) {
    Answer answer = findKnown(name);
    return answer != null ? answer : findAnew(name);
  }

  private @Nullable Answer findKnown(String name) {
    Open known = targets.get(name);
    if (known != null) {
      return known.answer;
    }
    Missing absent = missing.get(name);
    return absent != null && nanoTime.getAsLong() - absent.untilNanos < 0
        ? new Unknown(absent.problem)
        : null;
  }

  private synchronized Answer findAnew(String name) {
    Answer meanwhile = findKnown(name);
    if (meanwhile != null) {
      return meanwhile;
    }
    Failure failure = lastFailure;
    if (failure == null || nanoTime.getAsLong() - failure.untilNanos >= 0) {
      failure = read();
    }
    if (failure != null) {
      return new Unavailable(failure.detail);
    }
    missing.putIfAbsent(
        name,
        new Missing(
            new TargetTable.Missing(name).problem(), nanoTime.getAsLong() + RETRY.toNanos()));
    Answer answer = findKnown(name);
    return answer != null ? answer : new Unavailable("asked for too long ago");
  }

  /** The names of all that rows can go to. */
  Set<String> names() {
    return targets.keySet();
  }

  private void refresh() {
    try {
      while (true) {
        boolean failed;
        synchronized (this) {
          if (closed) {
            return;
          }
          failed = read() != null;
          closeRetired(false);
        }
        Thread.sleep(failed ? RETRY : REFRESH);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns what failed, null if nothing did. */
  private synchronized @Nullable Failure read() {
    TargetTable read;
    try {
      read = table.read();
    } catch (SQLException e) {
      String detail = "PostgreSQL: " + e.getClass().getSimpleName() + " " + e.getSQLState();
      if (lastFailure == null) {
        log.atWarn()
            .addKeyValue("cause", detail)
            .log("The ClickHouse targets cannot be read from PostgreSQL; those known go on");
      }
      lastFailure = new Failure(detail, nanoTime.getAsLong() + RETRY.toNanos());
      return lastFailure;
    }
    lastFailure = null;
    take(read);
    return null;
  }

  private void take(TargetTable read) {
    Map<String, Open> before = targets;
    Map<String, Open> now = new HashMap<>();
    missing.clear();
    read.usable()
        .forEach((name, config) -> {
          Open same = before.get(name);
          Open taken = same != null && config.equals(same.config) ? same : open(name, config);
          if (taken != null) {
            now.put(name, taken);
          }
        });
    read.problems().forEach(this::cannotUse);
    targets = Map.copyOf(now);
    told.keySet().retainAll(missing.keySet());
    long closeAt = nanoTime.getAsLong() + RETIREMENT.toNanos();
    before.forEach((name, old) -> {
      Open current = now.get(name);
      if (current == null || !current.config.equals(old.config)) {
        retired.add(new Retired(old.answer.target, closeAt));
        log.atInfo().addKeyValue("target", name).log("The ClickHouse target has changed or gone");
      }
    });
  }

  private @Nullable Open open(String name, ClickHouseConfig config) {
    try {
      Open opened = new Open(config, new Known(opener.open(name, config)));
      log.atInfo()
          .addKeyValue("target", name)
          .addKeyValue("url", config.url())
          .log("A ClickHouse target is known from PostgreSQL");
      return opened;
    } catch (RuntimeException e) {
      cannotUse(name, e.getClass().getSimpleName() + ": " + e.getMessage());
      return null;
    }
  }

  /** It is asked about again when the table is read the next time. */
  private void cannotUse(String name, String problem) {
    String sentence =
        "the ClickHouse target \"%s\" cannot be used by this router: %s".formatted(name, problem);
    missing.put(name, new Missing(sentence, nanoTime.getAsLong() + RETRY.toNanos()));
    if (!sentence.equals(told.put(name, sentence))) {
      log.warn("Rows would become dead letters: {}", sentence);
    }
  }

  private void closeRetired(boolean all) {
    long now = nanoTime.getAsLong();
    for (Iterator<Retired> i = retired.iterator(); i.hasNext(); ) {
      Retired old = i.next();
      if (all || now - old.closeAtNanos >= 0) {
        i.remove();
        old.target.close();
      }
    }
  }

  @Override
  public void close() {
    Thread reading;
    synchronized (this) {
      closed = true;
      reading = refresher;
      closeRetired(true);
      targets.values().forEach(open -> open.answer.target.close());
    }
    if (reading != null) {
      reading.interrupt();
    }
  }
}
