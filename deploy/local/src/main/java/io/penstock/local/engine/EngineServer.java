package io.penstock.local.engine;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The engine on one data folder and its HTTP front on one port of 127.0.0.1. */
final class EngineServer {
  /** The engine checks the stack's depth and expects a server's threads: 8 MiB, reserved only. */
  private static final long STACK_BYTES = 8L << 20;

  private static final int BACKLOG = 512;
  private static final Duration CANCELLED_WITHIN = Duration.ofSeconds(5);

  private final Libchdb library;
  private final FileChannel lockChannel;
  private final ConnectionPool pool;
  private final HttpServer http;
  private final QueryHandler handler;
  private final ExecutorService threads;

  private EngineServer(
      Libchdb library,
      FileChannel lockChannel,
      ConnectionPool pool,
      HttpServer http,
      QueryHandler handler,
      ExecutorService threads) {
    this.library = library;
    this.lockChannel = lockChannel;
    this.pool = pool;
    this.http = http;
    this.handler = handler;
    this.threads = threads;
  }

  /**
   * @param port 0 for a free one
   * @param connections the largest number of statements at once
   * @throws EngineStartException with what to do, when the port, the folder or the library fails
   */
  static EngineServer start(
      Path data, int port, Path libraryFile, int connections, @Nullable String password) {
    // Small answers must not wait for the client's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("jdk.httpserver.maxConnections", "4096");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "1024");
    // The server keeps idle connections longer than clients do, so that clients close first.
    System.setProperty("sun.net.httpserver.idleInterval", "120");
    HttpServer http = bind(port);
    try {
      FileChannel lock = lock(data);
      Libchdb library = Libchdb.load(libraryFile);
      var pool = new ConnectionPool(library, List.of("penstock", "--path=" + data), connections);
      ExecutorService threads = platformThreads();
      http.setExecutor(threads);
      var handler = new QueryHandler(pool, password);
      http.createContext("/", handler);
      http.start();
      return new EngineServer(library, lock, pool, http, handler, threads);
    } catch (EngineStartException failure) {
      http.stop(0);
      throw failure;
    }
  }

  private static HttpServer bind(int port) {
    try {
      return HttpServer.create(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
    } catch (BindException taken) {
      throw new EngineStartException(
          "Port " + port + " of 127.0.0.1 cannot be used: " + taken.getMessage(), taken);
    } catch (IOException failure) {
      throw new EngineStartException(
          "Cannot listen on 127.0.0.1: " + failure.getMessage(), failure);
    }
  }

  /** The engine has a lock of its own, but says little when it is taken. */
  private static FileChannel lock(Path data) {
    Path file = data.resolve("penstock-engine.lock");
    try {
      Files.createDirectories(data);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException held) {
        lock = null;
      }
      if (lock == null) {
        channel.close();
        throw new EngineStartException(
            "The data folder " + data + " is locked by another engine process.");
      }
      return channel;
    } catch (IOException failure) {
      throw new EngineStartException(
          "Cannot use the data folder " + data + ": " + failure.getMessage(), failure);
    }
  }

  /** Not virtual threads: a call into the library would hold on to one of the few carriers. */
  private static ExecutorService platformThreads() {
    var count = new AtomicInteger();
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        60,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> new Thread(null, task, "query-" + count.incrementAndGet(), STACK_BYTES));
  }

  int port() {
    return http.getAddress().getPort();
  }

  /**
   * Takes no new work, lets what runs finish for {@code grace}, cancels the rest, closes the
   * engine.
   *
   * @return false when statements did not even end then: the engine is left as a crash would leave
   *     it, which MergeTree tables survive
   */
  boolean stop(Duration grace) throws IOException, InterruptedException {
    handler.drain(grace);
    pool.cancelStatements();
    http.stop(0);
    threads.shutdown();
    boolean closed = pool.close(CANCELLED_WITHIN);
    if (closed) {
      // The tables are safe by now; this stops idle threads as far as the library can.
      library.shutdown();
    }
    lockChannel.close();
    return closed;
  }
}
