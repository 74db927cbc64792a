package io.penstock.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * Chooses ports on loopback. Free ones come from below the range that Linux and macOS give to
 * outgoing connections (from 32768): otherwise a client's own connection may sit on a server's port
 * at the moment the server is restarted.
 */
final class Ports {
  static final int LOWEST = 20_000;
  static final int HIGHEST = 31_999;
  private static final int ATTEMPTS = 500;

  private final IntPredicate free;
  private final RandomGenerator random;
  private final Set<Integer> given = new HashSet<>();

  Ports(IntPredicate free, RandomGenerator random) {
    this.free = free;
    this.random = random;
  }

  /**
   * The earlier port if it is free (0: there was none), else another that no call has given out.
   */
  synchronized int choose(int earlier) {
    if (earlier != 0 && free.test(earlier) && given.add(earlier)) {
      return earlier;
    }
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int candidate = random.nextInt(LOWEST, HIGHEST + 1);
      if (!given.contains(candidate) && free.test(candidate)) {
        given.add(candidate);
        return candidate;
      }
    }
    throw new LocalStackException(
        "No free port found on 127.0.0.1 between " + LOWEST + " and " + HIGHEST + ".");
  }

  /** Takes a port out of the choice, because something of this stack has it. */
  synchronized void reserve(int port) {
    given.add(port);
  }

  /** Whether a server could listen there now. */
  static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
