package io.penstock.core.cli;

import io.penstock.core.run.CommandRun;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;

/**
 * Shows on standard error how far a long job is: a bar that is drawn over itself where a person
 * looks at a terminal, else a line now and then. Thread-safe.
 */
public final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = Duration.ofMillis(100).toNanos();
  private static final long LINE_NANOS = Duration.ofSeconds(5).toNanos();

  private final PrintWriter out;
  private final String what;
  private final boolean terminal;
  private long total;
  private long done;
  private long shownAt;
  private boolean drawn;

  /**
   * @param what is counted, such as "clients"
   * @param total how many there will be; 0: not known
   * @param terminal whether to draw over the line
   */
  public ProgressBar(PrintWriter out, String what, long total, boolean terminal) {
    this.out = out;
    this.what = what;
    this.total = total;
    this.terminal = terminal;
    this.shownAt = System.nanoTime();
    CommandRun.current().progress(this::said, this::message);
  }

  /** Draws where this process has a terminal. */
  public ProgressBar(PrintWriter out, String what, long total) {
    this(out, what, total, hasTerminal());
  }

  /** JDK 25 answers null again where there is no terminal (JDK-8351435). */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean hasTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** Another one is done. */
  public void step() {
    advance(1);
  }

  /** Adds to what is done. */
  public synchronized void advance(long more) {
    done += more;
    long now = System.nanoTime();
    if (now - shownAt >= (terminal ? REDRAW_NANOS : LINE_NANOS)) {
      shownAt = now;
      show();
    }
  }

  /** Sets the total, once more of it is known. */
  public synchronized void total(long newTotal) {
    total = newTotal;
  }

  /** Prints a line above the bar. */
  public synchronized void message(String line) {
    if (drawn) {
      out.print("\r\u001b[K");
      drawn = false;
    }
    out.println(line);
    out.flush();
  }

  private synchronized String said() {
    return figures();
  }

  private void show() {
    if (!terminal) {
      out.println(figures());
    } else {
      int filled = total == 0 ? 0 : (int) Math.min(WIDTH, WIDTH * done / total);
      out.print("\r[" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + figures());
      drawn = true;
    }
    out.flush();
  }

  private String figures() {
    return total == 0
        ? "%,d %s".formatted(done, what)
        : "%,d of %,d %s (%d%%)".formatted(done, total, what, 100 * done / total);
  }

  /** Ends the line of the bar. */
  @Override
  public synchronized void close() {
    CommandRun.current().noProgress();
    if (drawn) {
      show();
      out.println();
      out.flush();
      drawn = false;
    }
  }
}
