package io.penstock.router;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;

/** Stands before a server on loopback: speaks TLS for it, or can be cut. */
final class Relay implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /**
   * Passes on what comes.
   *
   * @param target the port that the server listens on
   */
  Relay(int target) throws IOException {
    this(ServerSocketFactory.getDefault(), target);
  }

  /** The same for those who speak TLS. */
  Relay(SSLContext context, int target) throws IOException {
    this(context.getServerSocketFactory(), target);
  }

  private Relay(ServerSocketFactory factory, int target) throws IOException {
    this.target = target;
    server = factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** Where it listens. */
  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), target)) {
      Thread back = Thread.ofVirtual().start(() -> copy(plain, client));
      copy(client, plain);
      back.join();
    } catch (IOException gone) {
      // One side has hung up; closing tells the other.
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(client);
    }
  }

  /** Until one of them ends; then both are closed. */
  private static void copy(Socket from, Socket to) {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      in.transferTo(out);
    } catch (IOException gone) {
      // As above.
    }
  }

  /** Ends all connections; there are no new ones. */
  void cut() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
