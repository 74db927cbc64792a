package io.penstock.local.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.clickhouse.FrameOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients and tables see when something breaks off. */
class EngineFaultIT {
  private static final String DDL =
      "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a"
          + " SETTINGS non_replicated_deduplication_window = 100";

  @TempDir private Path data;

  private static String insertPath(String settings) {
    return "/?async_insert=0"
        + settings
        + "&query="
        + URLEncoder.encode("INSERT INTO t FORMAT CSV", UTF_8);
  }

  /** Sends headers and a part of the announced body, then goes away. */
  private static void breakOff(EngineProcess engine, boolean chunked, int rows) throws IOException {
    var body = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      body.append(i).append(",text of row ").append(i).append('\n');
    }
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), engine.port());
        OutputStream out = socket.getOutputStream()) {
      String length = chunked ? "Transfer-Encoding: chunked" : "Content-Length: 1000000000";
      String head =
          "POST " + insertPath("") + " HTTP/1.1\r\nHost: localhost\r\n" + length + "\r\n\r\n";
      out.write(head.getBytes(UTF_8));
      if (chunked) {
        out.write((Integer.toHexString(body.length()) + "\r\n" + body + "\r\n").getBytes(UTF_8));
      } else {
        out.write(body.toString().getBytes(UTF_8));
      }
      out.flush();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientThatDisconnectsInTheMiddleOfAnInsertLeavesNoRows(boolean chunked) throws Exception {
    try (var engine = EngineProcess.start(data)) {
      engine.query(DDL);

      breakOff(engine, chunked, 3);
      breakOff(engine, chunked, 300_000);

      // All sessions but the asking one being free again means that both inserts have ended.
      awaitIdle(engine);
      assertThat(engine.query("SELECT count() FROM t")).isEqualTo("0\n");
      engine.post(insertPath(""), BodyPublishers.ofString("1,x\n"));
      assertThat(engine.query("SELECT count() FROM t")).isEqualTo("1\n");
    }
  }

  private static void awaitIdle(EngineProcess engine) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!engine.query("SELECT count() FROM system.processes").equals("1\n")) {
      assertThat(System.nanoTime()).as("30 seconds have passed").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aTruncatedCompressedBodyLeavesNoRows() throws Exception {
    try (var engine = EngineProcess.start(data)) {
      engine.query(DDL);
      var frames = new java.io.ByteArrayOutputStream();
      try (var out = new FrameOutputStream(frames)) {
        for (int i = 0; i < 20_000; i++) {
          out.write((i + ",row\n").getBytes(UTF_8));
        }
      }
      byte[] whole = frames.toByteArray();
      byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 5);

      HttpResponse<String> response =
          engine.post(insertPath("&decompress=1"), BodyPublishers.ofByteArray(cut));

      assertThat(response.statusCode()).isGreaterThanOrEqualTo(400);
      assertThat(response.body()).startsWith("Code: ");
      assertThat(engine.query("SELECT count() FROM t")).isEqualTo("0\n");
    }
  }

  @Test
  void aTokenSeenBeforeAddsNothingAlsoAfterARestart() throws Exception {
    try (var engine = EngineProcess.start(data)) {
      engine.query(DDL);
      for (int i = 0; i < 2; i++) {
        engine.post(
            insertPath("&insert_deduplication_token=one"), BodyPublishers.ofString("1,a\n2,b\n"));
      }
      assertThat(engine.query("SELECT count() FROM t")).isEqualTo("2\n");
    }
    try (var engine = EngineProcess.start(data)) {
      engine.post(
          insertPath("&insert_deduplication_token=one"), BodyPublishers.ofString("1,a\n2,b\n"));
      engine.post(
          insertPath("&insert_deduplication_token=two"), BodyPublishers.ofString("1,a\n2,b\n"));
      assertThat(engine.query("SELECT count() FROM t")).isEqualTo("4\n");
    }
  }

  @Test
  void tablesSurviveAKill() throws Exception {
    try (var engine = EngineProcess.start(data)) {
      engine.query("CREATE DATABASE shop");
      engine.query(DDL);
      engine.post(insertPath(""), BodyPublishers.ofString("1,a\n2,b\n"));
      engine.kill();
    }
    try (var engine = EngineProcess.start(data)) {
      assertThat(engine.query("SELECT count() FROM t")).isEqualTo("2\n");
      assertThat(engine.query("EXISTS DATABASE shop")).isEqualTo("1\n");
    }
  }

  @Test
  void terminationLetsAStatementFinishAndEndsWithCodeZero() throws Exception {
    try (var engine = EngineProcess.start(data);
        var threads = Executors.newSingleThreadExecutor()) {
      Future<String> running = threads.submit(() -> engine.query("SELECT sleep(2), 'finished'"));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (engine.query("SELECT count() FROM system.processes").equals("1\n")) {
        assertThat(System.nanoTime()).as("30 seconds have passed").isLessThan(end);
      }

      assertThat(engine.terminate()).isZero();
      assertThat(running.get()).isEqualTo("0\tfinished\n");
    }
  }

  @Test
  void aLockedFolderATakenPortAndAMissingLibraryAreNamed() throws Exception {
    try (var engine = EngineProcess.start(data);
        var taken = new ServerSocket(0)) {
      assertThat(failedStart(EngineProcess.launch(data, 0))).contains("locked by another engine");
      assertThat(failedStart(EngineProcess.launch(data.resolve("other"), taken.getLocalPort())))
          .contains("Port " + taken.getLocalPort());
      ProcessBuilder noLibrary = EngineProcess.launch(data.resolve("other"), 0);
      Path notALibrary = Files.writeString(data.resolve("text.so"), "not a library");
      noLibrary.command().set(noLibrary.command().size() - 1, notALibrary.toString());
      assertThat(failedStart(noLibrary)).contains("PENSTOCK_ENGINE_LIBRARY");
    }
  }

  private static String failedStart(ProcessBuilder command) throws Exception {
    Process process = command.start();
    String error = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isEqualTo(1);
    return error;
  }

  @Test
  void aPasswordInTheEnvironmentIsRequired() throws Exception {
    ProcessBuilder command = EngineProcess.launch(data, 0);
    command.environment().put("PENSTOCK_ENGINE_PASSWORD", "river");
    try (var engine = EngineProcess.start(command)) {
      assertThat(engine.get("/?query=SELECT+1").statusCode()).isEqualTo(403);
      assertThat(engine.get("/?query=SELECT+1", "X-ClickHouse-Key", "lake").statusCode())
          .isEqualTo(403);
      assertThat(engine.get("/?query=SELECT+1", "X-ClickHouse-Key", "river").statusCode())
          .isEqualTo(200);
      assertThat(engine.get("/ping").statusCode()).isEqualTo(200);
    }
  }
}
