package io.penstock.local;

import io.penstock.local.npm.CacheFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * PostgreSQL 18 with one user and one database, both called {@code penstock}; the password is made
 * at the first start and kept in a file that only the owner reads.
 */
public final class PostgresPart extends Part {
  private static final String NAME = "penstock";

  PostgresPart(PartContext context) {
    super(PartKind.POSTGRES, context);
  }

  /** Where clients connect. */
  public String jdbcUrl() {
    return jdbcUrl(NAME);
  }

  /** The user, who owns the database. */
  public String user() {
    return NAME;
  }

  /** The user's password: a secret, even if only of this machine. */
  public String password() {
    try {
      return Files.readString(passwordFile()).strip();
    } catch (IOException e) {
      throw new LocalStackException("Cannot read " + passwordFile() + ": " + e, e);
    }
  }

  /** A new connection; the caller closes it. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl(), user(), password());
  }

  @Override
  public String url() {
    return jdbcUrl();
  }

  @Override
  void prepare() throws IOException, InterruptedException {
    if (!Files.exists(cluster())) {
      createCluster();
    }
    removeStaleLock();
  }

  @Override
  List<String> command() throws IOException {
    var command = new ArrayList<>(PostgresUser.prefix(dir(), programs()));
    command.addAll(List.of(programs().resolve("postgres").toString(), "-D", cluster().toString()));
    command.addAll(List.of("-p", Integer.toString(port())));
    command.addAll(List.of("-c", "listen_addresses=127.0.0.1"));
    // A socket file's path may be too long for the system, and nobody needs it.
    command.addAll(List.of("-c", "unix_socket_directories="));
    command.addAll(List.of("-c", "shared_buffers=64MB"));
    return command;
  }

  /** SIGINT: open connections are closed. SIGTERM would wait for the clients to leave. */
  @Override
  String stopSignal() {
    return "INT";
  }

  @Override
  void probe() throws SQLException {
    try (var connection = DriverManager.getConnection(jdbcUrl("postgres"), NAME, password());
        var statement = connection.createStatement();
        var found =
            statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + NAME + "'")) {
      if (!found.next()) {
        var _ = statement.execute("CREATE DATABASE " + NAME);
      }
    }
  }

  private String jdbcUrl(String database) {
    return "jdbc:postgresql://" + address() + "/" + database;
  }

  private Path cluster() {
    return dir().resolve("cluster");
  }

  private Path passwordFile() {
    return dir().resolve("password");
  }

  private static Path programs() throws IOException {
    String processor = Machine.isArm64() ? "arm_64" : "x86_64";
    String resource = "postgres-" + Machine.system() + "-" + processor + ".txz";
    return Binaries.archive("postgres", resource).resolve("bin");
  }

  /**
   * Made beside its place and moved there when complete: an interrupted first start is repeated.
   */
  private void createCluster() throws IOException, InterruptedException {
    Path unfinished = dir().resolve("cluster.unfinished");
    CacheFolder.remove(unfinished);
    OwnerOnly.folder(unfinished);
    writePassword();
    var command = new ArrayList<>(PostgresUser.prefix(dir(), programs()));
    command.addAll(
        List.of(
            programs().resolve("initdb").toString(),
            "--pgdata=" + unfinished,
            "--username=" + NAME,
            "--pwfile=" + passwordFile(),
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync"));
    Process initdb = new ProcessBuilder(command).redirectErrorStream(true).start();
    initdb.getOutputStream().close();
    String output = new String(initdb.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (initdb.waitFor() != 0) {
      throw new LocalStackException("PostgreSQL's initdb failed:\n" + output.strip().indent(2));
    }
    Files.move(unfinished, cluster(), StandardCopyOption.ATOMIC_MOVE);
  }

  private void writePassword() throws IOException {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    Files.deleteIfExists(passwordFile());
    OwnerOnly.file(passwordFile());
    Files.writeString(passwordFile(), HexFormat.of().formatHex(random) + "\n");
    PostgresUser.handOver(dir());
  }

  /**
   * A kill leaves PostgreSQL's lock file. PostgreSQL removes it unless the number in it belongs to
   * some process now, which after a restart of a container it often does.
   */
  private void removeStaleLock() throws IOException {
    Path lock = cluster().resolve("postmaster.pid");
    if (!Files.exists(lock)) {
      return;
    }
    try {
      long pid = Long.parseLong(Files.readAllLines(lock).getFirst().strip());
      boolean isPostgres =
          ProcessHandle.of(pid)
              .flatMap(handle -> handle.info().command())
              .map(path -> path.endsWith("/postgres"))
              .orElse(false);
      if (!isPostgres) {
        Files.delete(lock);
      }
    } catch (NumberFormatException | java.util.NoSuchElementException e) {
      Files.delete(lock);
    }
  }
}
