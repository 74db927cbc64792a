package io.penstock.router;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ssl.SSLContext;

/** Speaks TLS for a server on loopback that does not. */
final class TlsRelay implements AutoCloseable {
  private final ServerSocket server;
  private final int target;

  /**
   * @param target the port that the plain server listens on
   */
  TlsRelay(SSLContext context, int target) throws IOException {
    this.target = target;
    server =
        context
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** Where TLS is spoken. */
  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
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

  @Override
  public void close() throws IOException {
    server.close();
  }
}
