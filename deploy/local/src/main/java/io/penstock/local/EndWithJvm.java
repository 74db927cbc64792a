package io.penstock.local;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends processes with the JVM that started them: by a shutdown hook, and, if the JVM itself is
 * killed, by a small shell process that waits for the end of its input and then ends these
 * processes.
 */
public final class EndWithJvm {
  private static final Logger log = LoggerFactory.getLogger(EndWithJvm.class);

  private static final String WATCHER =
      """
      trap '' INT TERM HUP
      pids=' '
      while read -r op pid; do
        case $op in
          +) pids="$pids$pid " ;;
          -) pids=$(printf '%s' "$pids" | sed "s/ $pid / /") ;;
        esac
      done
      for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
      """;

  private static final Map<Long, ProcessHandle> processes = new ConcurrentHashMap<>();
  private static final OutputStream watcher = startWatcher();

  private static final List<Runnable> cleanups = new CopyOnWriteArrayList<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(EndWithJvm::endAll, "penstock-stack-end"));
  }

  private EndWithJvm() {}

  /** From now on the process does not outlive this JVM. */
  public static void bind(ProcessHandle process) {
    processes.put(process.pid(), process);
    tellWatcher("+ " + process.pid());
    var _ =
        process
            .onExit()
            .thenAccept(ended -> {
              processes.remove(ended.pid());
              tellWatcher("- " + ended.pid());
            });
  }

  /** Runs when the processes have ended, at the orderly end of this JVM only. */
  public static void afterwards(Runnable cleanup) {
    cleanups.add(cleanup);
  }

  private static void endAll() {
    List<ProcessHandle> ending = List.copyOf(processes.values());
    ending.forEach(Signals::kill);
    for (ProcessHandle process : ending) {
      var _ = process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join();
    }
    cleanups.forEach(Runnable::run);
  }

  private static OutputStream startWatcher() {
    try {
      return new ProcessBuilder(Machine.detached(List.of("sh", "-c", WATCHER)))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .getOutputStream();
    } catch (IOException e) {
      log.warn("no watcher: the stack would outlive this JVM if it were killed", e);
      return OutputStream.nullOutputStream();
    }
  }

  private static synchronized void tellWatcher(String line) {
    try {
      watcher.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      watcher.flush();
    } catch (IOException e) {
      log.debug("the watcher is gone", e);
    }
  }
}
