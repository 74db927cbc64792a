package io.penstock.core.observe;

import io.penstock.core.cli.ExitCode;

/** Ends a service when one of its threads dies. */
public final class DeadThread {
  private DeadThread() {}

  /**
   * From now on the process ends with a message and exit code 1 when one of its threads ends by
   * what it does not catch, rather than go on without it and call itself healthy. As after {@code
   * kill -9}, nothing is flushed.
   */
  public static void endsTheProcess(ServiceLog lines) {
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
      try {
        lines.failed("Thread " + thread.getName() + " died, and the process with it:", failure);
      } finally {
        // Out of memory, even the message may fail.
        Runtime.getRuntime().halt(ExitCode.FAILED);
      }
    });
  }
}
