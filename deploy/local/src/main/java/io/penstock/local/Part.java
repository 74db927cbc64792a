package io.penstock.local;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One server of the stack: a process of its own on 127.0.0.1, whose data folder and port outlive
 * it. Safe for use by several threads; one starts or stops it at a time. Each method returns when
 * what it did can be relied on: after {@link #start} the server answers, after {@link #kill} its
 * process is gone.
 */
public abstract sealed class Part permits KafkaPart, PostgresPart, RedisPart, ClickHousePart {
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
  private static final int LOG_LINES_SHOWN = 15;

  private final PartKind kind;
  private final Path dir;
  private final PartLog log;
  private final PartContext context;
  private final StackState state;
  private volatile int port;
  private @Nullable Process child;

  Part(PartKind kind, PartContext context) {
    this.kind = kind;
    this.context = context;
    this.state = context.state();
    this.dir = context.stackDir().resolve(kind.id());
    this.log = new PartLog(context.stackDir().resolve("logs").resolve(kind.id() + ".log"));
    this.port = state.port(kind.id());
  }

  /** Unpacks binaries and lays out the data folder, where that is not done yet. */
  abstract void prepare() throws IOException, InterruptedException;

  abstract List<String> command() throws IOException, InterruptedException;

  /**
   * Connects and asks something that only a working server answers; any exception means "not yet".
   */
  abstract void probe() throws Exception;

  /** The address in the form that clients take: a URL, or host and port for Kafka. */
  public abstract String url();

  /** The signal that makes the server end in order without waiting for its clients. */
  String stopSignal() {
    return "TERM";
  }

  /** Settles the port before the start: 0 for the one of last time, or a free one. */
  void choosePort(Ports ports, int wanted) {
    if (isRunning()) {
      ports.reserve(port);
      if (wanted != 0 && wanted != port) {
        throw new LocalStackException(
            kind.title() + " already runs on port " + port + "; stop it first to move it.");
      }
      return;
    }
    if (wanted != 0) {
      requireFree(wanted);
      ports.reserve(wanted);
    }
    port = wanted != 0 ? wanted : ports.choose(port);
    state.rememberPort(kind.id(), port);
  }

  /**
   * Starts the server on its port and data and waits until it answers. A part that runs is only
   * waited for. Returns whether it had to be started.
   *
   * @throws LocalStackException if it ends or does not answer in time, with its log's last lines
   */
  public final synchronized boolean start() {
    try {
      if (isRunning()) {
        awaitReady();
        return false;
      }
      OwnerOnly.folder(dir);
      prepare();
      requireFree(port());
      log.beginRun();
      ProcessBuilder builder =
          new ProcessBuilder(Machine.server(command()))
              .directory(dir.toFile())
              .redirectErrorStream(true)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()));
      // The servers take none of Penstock's settings, and its secrets are not theirs to hold.
      builder.environment().keySet().removeIf(name -> name.startsWith("PENSTOCK_"));
      Process process = builder.start();
      child = process;
      state.rememberProcess(kind, ProcessId.of(process.toHandle()));
      if (context.endWithJvm()) {
        EndWithJvm.bind(process.toHandle());
      }
      awaitReady();
      return true;
    } catch (IOException e) {
      throw new LocalStackException(kind.title() + " cannot be started: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LocalStackException("Interrupted while starting " + kind.title(), e);
    }
  }

  /** Asks the server to end and waits; one that does not end in 30 seconds is killed. */
  public final synchronized void stop() {
    thaw();
    process()
        .ifPresent(root -> {
          List<ProcessHandle> tree = Signals.tree(root);
          Signals.send(stopSignal(), List.of(root));
          if (!Signals.awaitGone(tree, STOP_LIMIT)) {
            Signals.kill(root);
            requireGone(tree);
          }
        });
    state.forgetProcess(kind);
  }

  /** {@code kill -9}: the server gets no chance to tidy up. Its data stays as it was. */
  public final synchronized void kill() {
    ProcessHandle root = requireProcess();
    List<ProcessHandle> tree = Signals.tree(root);
    Signals.kill(root);
    requireGone(tree);
  }

  /** {@code SIGSTOP}: connections stay open and nobody answers. */
  public final synchronized void freeze() {
    List<ProcessHandle> tree = Signals.tree(requireProcess());
    Signals.send("STOP", tree);
    if (!Signals.awaitFrozen(tree, KILL_LIMIT)) {
      throw new LocalStackException(kind.title() + " cannot be frozen");
    }
  }

  /** {@code SIGCONT}; nothing happens to a part that is not frozen. */
  public final synchronized void thaw() {
    process().ifPresent(root -> Signals.send("CONT", Signals.tree(root)));
  }

  /** {@link #stop} and {@link #start}. */
  public final synchronized void restart() {
    stop();
    var _ = start();
  }

  /** Which server this is. */
  public final PartKind kind() {
    return kind;
  }

  /** The port on 127.0.0.1, the same after each restart. */
  public final int port() {
    if (port == 0) {
      throw new IllegalStateException(kind.title() + " has no port before its first start");
    }
    return port;
  }

  /** Host and port as people write them. */
  public final String address() {
    return "127.0.0.1:" + port();
  }

  /** The server's process number. */
  public final long pid() {
    return requireProcess().pid();
  }

  /** Where its output goes. */
  public final Path logFile() {
    return log.file();
  }

  /** The last lines of its output, oldest first. */
  public final List<String> lastLogLines(int count) {
    return log.lastLines(count);
  }

  /** How its process is. */
  public final PartStatus status() {
    Optional<ProcessId> known = state.process(kind);
    if (known.isEmpty()) {
      return PartStatus.STOPPED;
    }
    if (known.get().handle().isEmpty()) {
      return PartStatus.DEAD;
    }
    return known.get().isFrozen() ? PartStatus.FROZEN : PartStatus.RUNNING;
  }

  /** Whether its process lives, frozen or not. */
  public final boolean isRunning() {
    return process().isPresent();
  }

  /** Whether it answers a real request now; a server that does not is given ten seconds. */
  public final boolean answers() {
    if (status() != PartStatus.RUNNING) {
      return false;
    }
    var thread = Executors.newVirtualThreadPerTaskExecutor();
    try {
      return thread.submit(this::answer).get(ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      // Not close(): it would wait for a client that hangs.
      var _ = thread.shutdownNow();
    }
  }

  /** Memory that its processes hold now, in bytes; pages that they share count for each. */
  public final long residentBytes() {
    return process().map(root -> Memory.residentBytes(Signals.tree(root))).orElse(0L);
  }

  /** The part's own folder. */
  final Path dir() {
    return dir;
  }

  final StackState state() {
    return state;
  }

  /**
   * The start of a server's command line on this JVM's JDK and class path. Unless it is for load,
   * it compiles only once: the second compilation costs as much again as the start itself.
   */
  final List<String> java(List<String> options, Class<?> main) {
    var all = new ArrayList<>(options);
    all.add("-XX:+UseSerialGC");
    if (!context.forLoad()) {
      all.add("-XX:TieredStopAtLevel=1");
    }
    all.add("--enable-native-access=ALL-UNNAMED");
    all.add("--sun-misc-unsafe-memory-access=allow");
    return Machine.java(all, main.getName());
  }

  private Optional<ProcessHandle> process() {
    return state.process(kind).flatMap(ProcessId::handle);
  }

  private ProcessHandle requireProcess() {
    return process().orElseThrow(() -> new IllegalStateException(kind.title() + " does not run"));
  }

  private void requireFree(int wanted) {
    if (!Ports.isFree(wanted)) {
      throw new LocalStackException(
          "Port %d is taken by another program, so %s cannot listen there; choose another with --%s-port."
              .formatted(wanted, kind.title(), kind.id()));
    }
  }

  private void awaitReady() throws InterruptedException {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    String last = "it does not accept connections";
    while (isRunning()) {
      try {
        connectAndProbe();
        return;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        last = e.toString();
      }
      if (System.nanoTime() > deadline) {
        throw new LocalStackException(
            "%s does not answer on port %d after %d s (%s); the last lines of %s:%s"
                .formatted(
                    kind.title(), port(), START_LIMIT.toSeconds(), last, log.file(), tail()));
      }
      Thread.sleep(30);
    }
    throw new LocalStackException(
        "%s ended while starting%s; the last lines of %s:%s"
            .formatted(kind.title(), exitCode(), log.file(), tail()));
  }

  /**
   * A plain connect first: it fails at once, whereas the clients that probe() uses log and wait.
   */
  private void connectAndProbe() throws Exception {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()), 1_000);
    }
    probe();
  }

  private boolean answer() throws Exception {
    connectAndProbe();
    return true;
  }

  private String exitCode() throws InterruptedException {
    Process process = child;
    return process == null ? "" : " with exit code " + process.waitFor();
  }

  private String tail() {
    List<String> lines = log.lastLines(LOG_LINES_SHOWN);
    return lines.isEmpty() ? " (none)" : "\n  " + String.join("\n  ", lines);
  }

  private void requireGone(List<ProcessHandle> tree) {
    if (!Signals.awaitGone(tree, KILL_LIMIT)) {
      throw new LocalStackException(
          "%s (process %d) cannot be ended".formatted(kind.title(), tree.getFirst().pid()));
    }
  }
}
