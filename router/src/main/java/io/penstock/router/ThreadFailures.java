package io.penstock.router;

import io.penstock.delivery.OversizeDeadLetterException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.jspecify.annotations.Nullable;

/** Tells a failure that another thread may survive from one that concerns them all. Thread-safe. */
final class ThreadFailures {
  private static final int MAX_FAILURES = 10;
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final Clock clock;
  private final Deque<Long> recent = new ArrayDeque<>();

  ThreadFailures(Clock clock) {
    this.clock = clock;
  }

  /**
   * Counts a failure.
   *
   * @return why going on makes no sense; null if another thread can take this one's place
   */
  synchronized @Nullable Throwable fatal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof MissingSourceTopicException
          || cause instanceof AuthenticationException
          || cause instanceof AuthorizationException
          || cause instanceof InconsistentGroupProtocolException
          || cause instanceof OutOfMemoryError
          || cause instanceof OversizeDeadLetterException) {
        return cause;
      }
    }
    long now = clock.millis();
    recent.addLast(now);
    while (recent.getFirst() < now - WINDOW.toMillis()) {
      recent.removeFirst();
    }
    return recent.size() > MAX_FAILURES ? failure : null;
  }
}
