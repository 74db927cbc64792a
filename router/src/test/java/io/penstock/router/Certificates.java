package io.penstock.router;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate that signs itself, made with the JDK's keytool, with its key. */
final class Certificates {
  private static final String PASSWORD = "changeit";

  private final Path folder;
  private final String alias;

  /**
   * @param name what the certificate is for, such as {@code ip:127.0.0.1}
   */
  Certificates(Path folder, String alias, String name) throws IOException, InterruptedException {
    this.folder = folder;
    this.alias = alias;
    keytool("-genkeypair -keyalg EC -dname CN=test -ext bc=ca:true -ext san=" + name);
    keytool("-exportcert -rfc -file " + pem());
  }

  /** The certificate, for those who trust it. */
  Path pem() {
    return folder.resolve(alias + ".pem");
  }

  private Path store() {
    return folder.resolve(alias + ".p12");
  }

  /** For a server that shows the certificate. */
  SSLContext context() throws GeneralSecurityException, IOException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(load(), PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  /** The private key as a PEM file that only its owner can read, as PostgreSQL wants it. */
  Path key() throws GeneralSecurityException, IOException {
    byte[] key = Objects.requireNonNull(load().getKey(alias, PASSWORD.toCharArray())).getEncoded();
    String text =
        "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
            .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key));
    Path file = folder.resolve(alias + ".key");
    Files.write(file, text.getBytes(US_ASCII));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private KeyStore load() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store())) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private void keytool(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.add("-J-XX:TieredStopAtLevel=1");
    command.addAll(List.of(arguments.split(" ")));
    command.addAll(List.of("-alias", alias, "-keystore", store().toString()));
    command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), US_ASCII);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
