package io.penstock.core.directory;

import io.penstock.core.config.RedisConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

/** Opens Redis clients. */
public final class RedisConnections {
  private static final int DEFAULT_PORT = 6379;
  private static final int MAX_CONNECTIONS = 8;

  /**
   * The store only lives in memory, to hand public certificates to the client; its password guards
   * nothing.
   */
  private static final String STORE_TYPE = "PKCS12";

  private static final char[] STORE_PASSWORD = "changeit".toCharArray();

  private RedisConnections() {}

  /**
   * A client that connects when first used.
   *
   * @param silence how long a subscription may hear nothing before its connection counts as dead
   */
  public static RedisClient open(RedisConfig config, String name, Duration silence) {
    int timeoutMillis = Math.toIntExact(config.timeout().toMillis());
    DefaultJedisClientConfig.Builder client =
        DefaultJedisClientConfig.builder()
            .clientName(name)
            .connectionTimeoutMillis(timeoutMillis)
            .socketTimeoutMillis(timeoutMillis)
            .blockingSocketTimeoutMillis(Math.toIntExact(silence.toMillis()))
            .database(database(config.url()));
    if (config.user() != null) {
      client.user(config.user());
    }
    if (config.password() != null) {
      client.password(config.password().reveal());
    }
    if ("rediss".equals(config.url().getScheme())) {
      // FULL checks the chain and that the certificate is the host's.
      SslOptions.Builder tls = SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL);
      if (config.caFile() != null) {
        byte[] store = trustStore(Path.of(config.caFile()));
        tls.trustStoreType(STORE_TYPE)
            .truststore(() -> new ByteArrayInputStream(store), STORE_PASSWORD.clone());
      }
      client.sslOptions(tls.build());
    }
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(MAX_CONNECTIONS);
    pool.setMaxIdle(MAX_CONNECTIONS);
    pool.setMaxWait(config.timeout());
    pool.setJmxEnabled(false);
    int port = config.url().getPort();
    return RedisClient.builder()
        .hostAndPort(new HostAndPort(config.url().getHost(), port == -1 ? DEFAULT_PORT : port))
        .clientConfig(client.build())
        .poolConfig(pool)
        .build();
  }

  private static int database(URI url) {
    String path = url.getPath();
    if (path == null || path.isEmpty() || path.equals("/")) {
      return 0;
    }
    if (!path.matches("/\\d{1,4}")) {
      throw new IllegalArgumentException(
          "the Redis URL's path is not a database's number: " + path);
    }
    return Integer.parseInt(path.substring(1));
  }

  private static byte[] trustStore(Path pem) {
    try (InputStream in = Files.newInputStream(pem);
        ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      KeyStore store = KeyStore.getInstance(STORE_TYPE);
      store.load(null, null);
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + count++, certificate);
      }
      store.store(out, STORE_PASSWORD);
      return out.toByteArray();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("cannot read the certificates in " + pem, e);
    }
  }
}
