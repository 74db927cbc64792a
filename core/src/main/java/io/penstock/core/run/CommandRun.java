package io.penstock.core.run;

import io.penstock.core.config.Patience;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a command, known to all threads that work for it, so that whatever waits for a server
 * can say so: one line, once it has waited for three seconds (or for half of the command's
 * patience, if that is less). Outside of a command nothing is printed. Thread-safe.
 *
 * <p>Threads inherit it; it is not passed as an argument, since the code that waits lies many calls
 * below the command and is shared with services.
 */
public final class CommandRun {
  private static final Duration NOTICE_AFTER = Duration.ofSeconds(3);

  /** Nobody needs to hear of the same server more often. */
  private static final Duration NOTICE_AGAIN = Duration.ofSeconds(30);

  private static final CommandRun NONE = new CommandRun(line -> {}, System.getenv());
  private static final InheritableThreadLocal<CommandRun> CURRENT = new InheritableThreadLocal<>();
  private static final ScheduledThreadPoolExecutor CLOCK = clock();
  private static final Set<CommandRun> RUNNING = ConcurrentHashMap.newKeySet();

  private final Consumer<String> err;
  private final Map<String, String> environment;
  private final Map<String, Long> toldAt = new HashMap<>();
  private final CountDownLatch interruption = new CountDownLatch(1);
  private final List<Runnable> whenInterrupted = new CopyOnWriteArrayList<>();
  private final Set<Wait> waits = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Supplier<String> progress;
  private volatile @Nullable Consumer<String> above;
  private volatile boolean changed;
  private volatile @Nullable BiConsumer<String, @Nullable Throwable> stays;
  private volatile Patience patience = Patience.DEFAULT;

  private CommandRun(Consumer<String> err, Map<String, String> environment) {
    this.err = err;
    this.environment = environment;
  }

  private static ScheduledThreadPoolExecutor clock() {
    var clock =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform()
                .daemon()
                .name("penstock-waiting")
                .inheritInheritableThreadLocals(false)
                .factory());
    clock.setRemoveOnCancelPolicy(true);
    return clock;
  }

  /** What a command does. */
  public interface Body<X extends Exception> {
    /** Returns the exit code. */
    int run() throws X;
  }

  /**
   * Runs a command.
   *
   * @param err takes lines for a person, from any thread
   * @param environment that configures it
   * @return what {@code body} returned
   */
  public static <X extends Exception> int of(
      Consumer<String> err, Map<String, String> environment, Body<X> body) throws X {
    CommandRun outer = CURRENT.get();
    CommandRun run = new CommandRun(err, Map.copyOf(environment));
    CURRENT.set(run);
    RUNNING.add(run);
    try {
      return body.run();
    } finally {
      RUNNING.remove(run);
      if (outer == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(outer);
      }
    }
  }

  /**
   * This thread's run; a silent one with the default patience and the process's environment if the
   * thread has none.
   */
  public static CommandRun current() {
    CommandRun run = CURRENT.get();
    return run == null ? NONE : run;
  }

  /**
   * Tells all commands of this process to end, as SIGINT and SIGTERM do: each ends after the step
   * under way, if it asks {@link #interrupted}.
   *
   * @return those that ran
   */
  public static List<CommandRun> interruptAll() {
    List<CommandRun> running = List.copyOf(RUNNING);
    running.forEach(CommandRun::interrupt);
    return running;
  }

  private void interrupt() {
    interruption.countDown();
    whenInterrupted.forEach(Runnable::run);
  }

  /** Whether the command was told to end. */
  public boolean interrupted() {
    return interruption.getCount() == 0;
  }

  /** Ends a command that was told to end. */
  public static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Interrupted() {
      super("interrupted", null, false, false);
    }
  }

  /**
   * Returns if the command may go on.
   *
   * @throws Interrupted if the command was told to end
   */
  public void checkpoint() {
    if (interrupted()) {
      throw new Interrupted();
    }
  }

  /** Has {@code end} called, by another thread, when the command is told to end. */
  public void whenInterrupted(Runnable end) {
    whenInterrupted.add(end);
    if (interrupted()) {
      end.run();
    }
  }

  /**
   * Sleeps.
   *
   * @return whether the command was told to end meanwhile, which ends the sleep
   * @throws InterruptedException if this thread is interrupted
   */
  public boolean sleep(Duration time) throws InterruptedException {
    return interruption.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Notes that something was changed for good, even if the command ends now. */
  public void changed() {
    changed = true;
  }

  /** Whether something was changed, as far as is known. */
  public boolean hasChanged() {
    return changed;
  }

  /**
   * What the command is at, for its closing line if it has to be ended without having come to its
   * own end.
   *
   * @param figures as in "3 of 8 clients"
   * @param lines takes lines for a person meanwhile
   */
  public void progress(Supplier<String> figures, Consumer<String> lines) {
    if (isCommand()) {
      progress = figures;
      above = lines;
    }
  }

  /** Ends what {@link #progress} announced. */
  public void noProgress() {
    progress = null;
    above = null;
  }

  /** The figures; "" if the command does not say. */
  public String progress() {
    Supplier<String> figures = progress;
    return figures == null ? "" : figures.get();
  }

  /** The server that has kept silent for longer than it may before that is told; "" if none has. */
  public String silentServer() {
    return waits.stream().filter(Wait::isSilent).map(wait -> wait.server).findFirst().orElse("");
  }

  /**
   * Makes this run a service: from now on it waits without saying so.
   *
   * @param failed told why it ends, with the exception if that is a bug
   */
  public void stays(BiConsumer<String, @Nullable Throwable> failed) {
    stays = failed;
  }

  /** Who is told why a service ends; null: this is none. */
  public @Nullable BiConsumer<String, @Nullable Throwable> stays() {
    return stays;
  }

  /** Whether this thread works for a command, and not for a service or a test. */
  public boolean isCommand() {
    return this != NONE && stays == null;
  }

  /** What configures the command; outside of one this process's own. */
  public Map<String, String> environment() {
    return environment;
  }

  /** How long it waits for servers. */
  public Patience patience() {
    return patience;
  }

  /** Sets the patience, once the configuration is read. */
  public void patience(Patience configured) {
    if (isCommand()) {
      patience = configured;
    }
  }

  /**
   * Begins to wait; to be closed by the same thread.
   *
   * @param server with its address and without a secret, as in "Redis at redis://host:6379"
   */
  public Wait waitFor(String server) {
    return new Wait(server);
  }

  /** A wait for one server, under way. */
  public final class Wait implements AutoCloseable {
    private final String server;
    private final long afterNanos;
    private volatile long heardAt = System.nanoTime();
    private volatile @Nullable ScheduledFuture<?> notice;
    private volatile boolean paused;
    private volatile boolean guarded;
    private volatile boolean over;

    private Wait(String server) {
      this.server = server;
      this.afterNanos = Math.min(NOTICE_AFTER.toNanos(), patience.answer().toNanos() / 2);
      if (isCommand()) {
        waits.add(this);
        schedule(afterNanos);
      }
    }

    private void schedule(long nanos) {
      notice = CLOCK.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
      long left = paused ? afterNanos : heardAt + afterNanos - System.nanoTime();
      if (over || !isCommand()) {
        return;
      }
      if (left > 0) {
        schedule(left);
      } else if (isNews(server)) {
        Consumer<String> lines = above;
        (lines == null ? err : lines).accept("waiting for " + server + " ...");
      }
    }

    private boolean isSilent() {
      return !paused && !guarded && System.nanoTime() - heardAt > NOTICE_AFTER.toNanos();
    }

    /** Notes that the server answered and is asked again. */
    public void heard() {
      heardAt = System.nanoTime();
    }

    /**
     * Notes that the command works on the answer; the server has nothing to answer until {@link
     * #resume}.
     */
    public void pause() {
      paused = true;
    }

    /** Notes that the server is asked again. */
    public void resume() {
      heard();
      paused = false;
    }

    /**
     * Says whether the server is asked for a sign of life meanwhile: it may then take long for its
     * answer without counting as silent.
     */
    public void guarded(boolean lives) {
      guarded = lives;
    }

    @Override
    public void close() {
      over = true;
      waits.remove(this);
      ScheduledFuture<?> pending = notice;
      if (pending != null) {
        var _ = pending.cancel(false);
      }
    }
  }

  private synchronized boolean isNews(String server) {
    long now = System.nanoTime();
    Long last = toldAt.get(server);
    if (last != null && now - last < NOTICE_AGAIN.toNanos()) {
      return false;
    }
    toldAt.put(server, now);
    return true;
  }
}
