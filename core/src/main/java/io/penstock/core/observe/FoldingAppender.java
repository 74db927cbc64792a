package io.penstock.core.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.AppenderAttachableImpl;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Passes each warning and error on once a minute, and tells at the end of the minute how often it
 * came: clients that try again for ever say the same ten times a second while a server is down. Two
 * lines count as the same if they differ in nothing but the number of the attempt. The first of
 * them is never held back, nor is anything below a warning. Configured in {@code logback.xml}
 * between the loggers and the appender that writes. Thread-safe.
 *
 * <p>There is no timer: a count that is due is written before the next line of any kind, or when
 * logging stops.
 */
public final class FoldingAppender extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AppenderAttachable<ILoggingEvent> {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MOST_KNOWN = 1_000;

  /** Kafka's clients number their requests, and tell for how many milliseconds they have tried. */
  private static final Pattern TRY =
      Pattern.compile("(?<=correlation ?id[ =:]{1,2}|correlationId=)\\d+|\\d+(?= ?ms\\b)");

  private final LongSupplier nanoTime;
  private final AppenderAttachableImpl<ILoggingEvent> targets = new AppenderAttachableImpl<>();

  /** The oldest window first. */
  private final Map<Line, Window> windows = new LinkedHashMap<>();

  private record Line(Level level, String logger, String text, @Nullable String thrown) {}

  private static final class Window {
    final long beganNanos;
    final ILoggingEvent first;
    int repeats;

    Window(long beganNanos, ILoggingEvent first) {
      this.beganNanos = beganNanos;
      this.first = first;
    }
  }

  /** What is told of repeated lines; its message says everything in words. */
  static final class Repeated extends LoggingEvent {
    /** The message that was repeated. */
    final String what;

    final int times;
    final long seconds;

    private Repeated(String what, int times, long seconds) {
      this.what = what;
      this.times = times;
      this.seconds = seconds;
    }
  }

  /** As logback makes it. */
  public FoldingAppender() {
    this(System::nanoTime);
  }

  FoldingAppender(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  protected synchronized void append(ILoggingEvent event) {
    long now = nanoTime.getAsLong();
    tellOver(now);
    if (!event.getLevel().isGreaterOrEqual(Level.WARN)) {
      pass(event);
      return;
    }
    Line line = line(event);
    Window open = windows.get(line);
    if (open != null) {
      open.repeats++;
      return;
    }
    if (windows.size() == MOST_KNOWN) {
      Iterator<Window> oldest = windows.values().iterator();
      tell(oldest.next(), now);
      oldest.remove();
    }
    windows.put(line, new Window(now, event));
    pass(event);
  }

  private static Line line(ILoggingEvent event) {
    String text = event.getFormattedMessage() + event.getKeyValuePairs();
    return new Line(
        event.getLevel(),
        event.getLoggerName(),
        TRY.matcher(text).replaceAll("*"),
        event.getThrowableProxy() == null
            ? null
            : event.getThrowableProxy().getClassName() + event.getThrowableProxy().getMessage());
  }

  private void tellOver(long now) {
    Iterator<Window> oldestFirst = windows.values().iterator();
    while (oldestFirst.hasNext()) {
      Window window = oldestFirst.next();
      if (now - window.beganNanos < WINDOW.toNanos()) {
        return;
      }
      tell(window, now);
      oldestFirst.remove();
    }
  }

  private void tell(Window window, long now) {
    if (window.repeats == 0) {
      return;
    }
    long seconds = Duration.ofNanos(now - window.beganNanos).toSeconds();
    Repeated summary = new Repeated(window.first.getFormattedMessage(), window.repeats, seconds);
    summary.setLoggerName(window.first.getLoggerName());
    summary.setLoggerContextRemoteView(window.first.getLoggerContextVO());
    summary.setMDCPropertyMap(window.first.getMDCPropertyMap());
    summary.setLevel(window.first.getLevel());
    summary.setThreadName(window.first.getThreadName());
    summary.setTimeStamp(System.currentTimeMillis());
    summary.setMessage(
        "Repeated %,d times in the last %d s: %s".formatted(window.repeats, seconds, summary.what));
    summary.setKeyValuePairs(window.first.getKeyValuePairs());
    pass(summary);
  }

  private void pass(ILoggingEvent event) {
    int _ = targets.appendLoopOnAppenders(event);
  }

  @Override
  public synchronized void stop() {
    long now = nanoTime.getAsLong();
    windows.values().forEach(window -> tell(window, now));
    windows.clear();
    super.stop();
  }

  @Override
  public void addAppender(Appender<ILoggingEvent> target) {
    targets.addAppender(target);
  }

  @Override
  public Iterator<Appender<ILoggingEvent>> iteratorForAppenders() {
    return targets.iteratorForAppenders();
  }

  @Override
  public @Nullable Appender<ILoggingEvent> getAppender(String name) {
    return targets.getAppender(name);
  }

  @Override
  public boolean isAttached(Appender<ILoggingEvent> target) {
    return targets.isAttached(target);
  }

  @Override
  public void detachAndStopAllAppenders() {
    targets.detachAndStopAllAppenders();
  }

  @Override
  public boolean detachAppender(Appender<ILoggingEvent> target) {
    return targets.detachAppender(target);
  }

  @Override
  public boolean detachAppender(String name) {
    return targets.detachAppender(name);
  }
}
