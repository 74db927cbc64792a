package io.penstock.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Redis 6.2, as the package embedded-redis ships it; what was answered survives a kill. */
public final class RedisPart extends Part {
  /** The package's file names, which differ by system and processor. */
  private static final String LINUX_X64 = "redis-server-6.2.6-v5-linux-amd64";

  private static final String LINUX_ARM64 = "redis-server-6.2.7-linux-arm64";
  private static final String MAC_X64 = "redis-server-6.2.6-v5-darwin-amd64";
  private static final String MAC_ARM64 = "redis-server-6.2.6-v5-darwin-arm64";

  RedisPart(PartContext context) {
    super(PartKind.REDIS, context);
  }

  /** Where clients connect. */
  public String redisUrl() {
    return "redis://" + address();
  }

  @Override
  public String url() {
    return redisUrl();
  }

  @Override
  void prepare() throws IOException {
    var _ = program();
  }

  @Override
  List<String> command() throws IOException {
    return List.of(
        program().toString(),
        "--port",
        Integer.toString(port()),
        "--bind",
        "127.0.0.1",
        "--protected-mode",
        "yes",
        "--dir",
        dir().toString(),
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        "everysec",
        "--daemonize",
        "no");
  }

  @Override
  void probe() throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(2_000);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readNBytes(7), StandardCharsets.US_ASCII);
      if (!answer.equals("+PONG\r\n")) {
        throw new IOException("PING was answered by " + answer.strip());
      }
    }
  }

  /** The shipped binary needs OpenSSL 3; where it cannot run, a redis-server of the machine can. */
  private static Path program() throws IOException {
    boolean linux = Machine.system().equals("linux");
    String resource =
        Machine.isArm64() ? (linux ? LINUX_ARM64 : MAC_ARM64) : (linux ? LINUX_X64 : MAC_X64);
    Path shipped = Binaries.program("redis-server", resource).resolve("redis-server");
    if (Machine.succeeds(List.of(shipped.toString(), "--version"))) {
      return shipped;
    }
    return Machine.onPath("redis-server").orElse(shipped);
  }
}
