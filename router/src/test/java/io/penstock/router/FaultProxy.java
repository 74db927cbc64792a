package io.penstock.router;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bad network between a router and ClickHouse: passes on one HTTP exchange after the other, and
 * does to inserts what it is told. Everything else, pings among it, always passes.
 */
final class FaultProxy implements AutoCloseable {
  /** What happens to one insert. */
  enum Fault {
    /** Nothing. */
    NONE,
    /** It reaches ClickHouse; its answer is read, and the router's connection closed instead. */
    SWALLOW,
    /** As SWALLOW, but the connection stays open, and silent, until the router gives up. */
    HANG,
    /** Half of the request reaches ClickHouse; then both connections are reset. */
    CUT,
    /** The whole request waits here, until {@link FaultProxy#release}; then as NONE. */
    HOLD
  }

  private final ServerSocket server;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger landed = new AtomicInteger();
  private final AtomicInteger held = new AtomicInteger();
  private volatile Supplier<Fault> policy = () -> Fault.NONE;

  /**
   * @param target the port of ClickHouse on loopback
   */
  FaultProxy(int target) {
    this.target = target;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
    Thread.ofVirtual().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /** From now on each insert is asked for its fault; the supplier is called by several threads. */
  void inserts(Supplier<Fault> newPolicy) {
    policy = newPolicy;
  }

  /** Lets go of the inserts held, also of those that come later. */
  void release() {
    released.countDown();
  }

  /** How many inserts were hurt. */
  int faults() {
    return done.get();
  }

  /** How many inserts ClickHouse has acknowledged, whether the router heard of it or not. */
  int landed() {
    return landed.get();
  }

  /** How many inserts have come in whole and were kept from ClickHouse. */
  int held() {
    return held.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket router = server.accept();
        Thread.ofVirtual().start(() -> serve(router));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket router) {
    sockets.add(router);
    try (router;
        Socket clickHouse = new Socket(InetAddress.getLoopbackAddress(), target)) {
      sockets.add(clickHouse);
      InputStream requests = new BufferedInputStream(router.getInputStream());
      InputStream answers = new BufferedInputStream(clickHouse.getInputStream());
      while (exchange(router, requests, clickHouse, answers)) {
        // the next one on the same connection
      }
      sockets.remove(clickHouse);
    } catch (IOException gone) {
      // One side has hung up; closing tells the other.
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(router);
    }
  }

  /** Returns whether the connection can be used again. */
  private boolean exchange(
      Socket router, InputStream requests, Socket clickHouse, InputStream answers)
      throws IOException, InterruptedException {
    byte[] request = message(requests);
    if (request == null) {
      return false;
    }
    Fault fault = isInsert(request) ? policy.get() : Fault.NONE;
    if (fault == Fault.CUT) {
      clickHouse.getOutputStream().write(request, 0, request.length / 2);
      clickHouse.getOutputStream().flush();
      reset(clickHouse);
      reset(router);
      done.incrementAndGet();
      return false;
    }
    if (fault == Fault.HOLD) {
      held.incrementAndGet();
      done.incrementAndGet();
      released.await();
    }
    clickHouse.getOutputStream().write(request);
    clickHouse.getOutputStream().flush();
    byte[] answer = message(answers);
    if (answer == null) {
      return false;
    }
    if (isInsert(request) && new String(answer, 0, 12, ISO_8859_1).endsWith(" 200")) {
      landed.incrementAndGet();
    }
    if (fault == Fault.SWALLOW || fault == Fault.HANG) {
      done.incrementAndGet();
      return fault == Fault.HANG && requests.read() >= 0;
    }
    router.getOutputStream().write(answer);
    router.getOutputStream().flush();
    return true;
  }

  private static boolean isInsert(byte[] request) {
    int end = 0;
    while (request[end] != '\r') {
      end++;
    }
    return new String(request, 0, end, ISO_8859_1).toUpperCase(Locale.ROOT).contains("INSERT");
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** One request or answer as it is on the wire; null if the connection ends before it. */
  private static byte @Nullable [] message(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    StringBuilder head = new StringBuilder();
    String line = line(in, all);
    if (line.isEmpty()) {
      return null;
    }
    for (; !line.isBlank(); line = line(in, all)) {
      head.append(line.toLowerCase(Locale.ROOT));
    }
    if (head.indexOf("transfer-encoding: chunked") >= 0) {
      long size;
      do {
        size = Long.parseLong(line(in, all).strip(), 16);
        copy(in, all, size);
        String _ = line(in, all);
      } while (size > 0);
    } else {
      String[] length = head.toString().split("content-length: ", 2);
      copy(
          in,
          all,
          length.length < 2 ? 0 : Long.parseLong(length[1].lines().findFirst().orElse("0")));
    }
    return all.toByteArray();
  }

  /** With its line break; "" at the end of the stream. */
  private static String line(InputStream in, ByteArrayOutputStream copy) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next;
    do {
      next = in.read();
      if (next >= 0) {
        line.write(next);
      }
    } while (next >= 0 && next != '\n');
    copy.write(line.toByteArray());
    return line.toString(ISO_8859_1);
  }

  private static void copy(InputStream in, ByteArrayOutputStream out, long count)
      throws IOException {
    byte[] body = in.readNBytes(Math.toIntExact(count));
    if (body.length < count) {
      throw new IOException("the message ends early");
    }
    out.write(body);
  }

  @Override
  public void close() {
    release();
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }
}
