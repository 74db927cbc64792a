package io.penstock.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Whether a Docker engine answers. Asked before Testcontainers, which takes seconds and prints
 * pages to find out that there is none.
 */
final class DockerEngine {
  private static final Duration LIMIT = Duration.ofMillis(800);
  private static final String PING = "GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";

  private DockerEngine() {}

  /** Asks the engine that DOCKER_HOST names, or the usual sockets; takes less than a second. */
  static boolean answers() {
    try (var thread = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = thread.submit(() -> addresses().anyMatch(DockerEngine::ping));
      try {
        return asked.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } finally {
        // Closes the channel that still waits, so that the executor's close does not.
        thread.shutdownNow();
      }
    }
  }

  private static Stream<SocketAddress> addresses() {
    String host = System.getenv("DOCKER_HOST");
    if (host != null && !host.isEmpty()) {
      return address(URI.create(host)).stream();
    }
    String home = System.getProperty("user.home");
    String runtime = System.getenv().getOrDefault("XDG_RUNTIME_DIR", "/run");
    return Stream.of(
            Path.of("/var/run/docker.sock"),
            Path.of(runtime, "docker.sock"),
            Path.of(home, ".docker", "run", "docker.sock"))
        .filter(Files::exists)
        .map(UnixDomainSocketAddress::of);
  }

  private static Optional<SocketAddress> address(URI host) {
    List<String> network = List.of("tcp", "http", "https");
    if ("unix".equals(host.getScheme())) {
      return Optional.of(UnixDomainSocketAddress.of(host.getPath()));
    }
    return network.contains(host.getScheme()) && host.getPort() > 0
        ? Optional.of(new InetSocketAddress(host.getHost(), host.getPort()))
        : Optional.empty();
  }

  private static boolean ping(SocketAddress address) {
    boolean local = address instanceof UnixDomainSocketAddress;
    try (var channel =
        local ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open()) {
      if (!channel.connect(address)) {
        return false;
      }
      channel.write(ByteBuffer.wrap(PING.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(64);
      channel.read(answer);
      String status = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
      return status.startsWith("HTTP/1.") && status.contains(" 200 ");
    } catch (IOException e) {
      return false;
    }
  }
}
