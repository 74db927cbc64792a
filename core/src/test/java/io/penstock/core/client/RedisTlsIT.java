package io.penstock.core.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.config.RedisConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom the Redis client trusts, against a TLS server that does the handshake and then hangs up. */
class RedisTlsIT {
  private static final String PASSWORD = "changeit";

  @TempDir Path folder;

  @Test
  void certificateOfTheGivenAuthorityIsTrusted() throws Exception {
    assertThat(handshake("san=ip:127.0.0.1", "server.pem")).isEqualTo("done");
  }

  @Test
  void certificateOfAnotherHostIsRefused() throws Exception {
    assertThat(handshake("san=dns:elsewhere.example", "server.pem")).isEqualTo("refused");
  }

  @Test
  void certificateOfAnotherAuthorityIsRefused() throws Exception {
    keytool("other", "san=ip:127.0.0.1");

    assertThat(handshake("san=ip:127.0.0.1", "other.pem")).isEqualTo("refused");
    assertThat(handshake("san=ip:127.0.0.1", null)).isEqualTo("refused");
  }

  @Test
  void unreadableAuthorityIsNamed() {
    RedisConfig config = config(1, folder.resolve("none.pem").toString());

    assertThatThrownBy(() -> new RedisClientCache(config)).hasMessageContaining("none.pem");
  }

  private String handshake(String name, @org.jspecify.annotations.Nullable String trusted)
      throws Exception {
    keytool("server", name);
    BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
    try (SSLServerSocket server = serve(outcomes);
        RedisClientCache cache =
            new RedisClientCache(
                config(
                    server.getLocalPort(),
                    trusted == null ? null : folder.resolve(trusted).toString()))) {
      assertThat(cache.get("acme")).isInstanceOf(Lookup.Unavailable.class);
      return String.valueOf(outcomes.poll(10, TimeUnit.SECONDS));
    }
  }

  private SSLServerSocket serve(BlockingQueue<String> outcomes) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve("server.p12"))) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try (SSLSocket socket = (SSLSocket) server.accept()) {
              socket.startHandshake();
              // In TLS 1.3 the server is done before the client has judged the certificate.
              outcomes.add(socket.getInputStream().read() >= 0 ? "done" : "refused");
            } catch (IOException e) {
              outcomes.add("refused");
            }
          }
        });
    return server;
  }

  private static RedisConfig config(int port, @org.jspecify.annotations.Nullable String ca) {
    return new RedisConfig(
        URI.create("rediss://127.0.0.1:" + port), null, null, ca, Duration.ofSeconds(5));
  }

  private void keytool(String alias, String name) throws Exception {
    Path store = folder.resolve(alias + ".p12");
    Files.deleteIfExists(store);
    run(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=test",
        "-ext",
        name,
        "-ext",
        "bc=ca:true",
        "-alias",
        alias,
        "-keystore",
        store.toString());
    run(
        "-exportcert",
        "-rfc",
        "-file",
        folder.resolve(alias + ".pem").toString(),
        "-alias",
        alias,
        "-keystore",
        store.toString());
  }

  private static void run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.add("-J-XX:TieredStopAtLevel=1");
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
