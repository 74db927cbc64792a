package io.penstock.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.local.command.LocalMain;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands as processes of their own, as a person runs them: what they start must outlive them.
 */
class LocalMainIT {
  @TempDir private Path dir;

  @AfterEach
  void endTheStack() throws Exception {
    assertThat(penstock("down", "--purge").exitCode()).isZero();
  }

  @Test
  void aStackIsStartedOnceShownRepairedAndEnded() throws Exception {
    Result up = penstock("up", "--no-setup");
    assertThat(up.exitCode()).as(up.errors()).isZero();
    for (PartKind kind : PartKind.values()) {
      assertThat(up.errors()).containsPattern(kind.title() + " +up on 127.0.0.1:\\d+ after");
      assertThat(up.output()).contains(kind.title());
    }
    Path connections = dir.resolve("stack.properties");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(connections)))
        .isEqualTo("rw-------");
    assertThat(PropertiesFile.read(connections))
        .containsKeys(
            "penstock.kafka.bootstrap.servers",
            "penstock.postgres.url",
            "penstock.postgres.password",
            "penstock.redis.url",
            "penstock.clickhouse.url");
    String secret = PropertiesFile.read(connections).get("penstock.replay.secret");

    List<ProcessId> first = processes();
    assertThat(first).hasSize(4);
    Result again = penstock("up", "--no-setup");
    assertThat(again.exitCode()).isZero();
    assertThat(again.errors()).contains("Kafka      runs already", "ClickHouse runs already");
    assertThat(processes()).isEqualTo(first);
    assertThat(PropertiesFile.read(connections)).containsEntry("penstock.replay.secret", secret);

    stack().redis().kill();
    Result status = penstock("status");
    assertThat(status.exitCode()).isEqualTo(1);
    assertThat(status.output())
        .containsPattern("Redis +dead")
        .contains("Redis is dead", "Ready to accept connections");

    Result repaired = penstock("up", "--no-setup", "--output", "json");
    assertThat(repaired.exitCode()).isZero();
    assertThat(repaired.errors()).contains("Redis had died", "PostgreSQL runs already");
    assertThat(upInJson(repaired.output())).isTrue();
    Result healthy = penstock("status");
    assertThat(healthy.exitCode()).as(healthy.output()).isZero();

    try (KafkaConsumer<byte[], byte[]> router =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", stack().kafka().bootstrapServers(), "group.id", "routers"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      router.subscribe(List.of("events"));
      for (int i = 0; i < 300 && stack().kafka().groups().isEmpty(); i++) {
        var _ = router.poll(Duration.ofMillis(100));
      }
      Result down = penstock("down");
      assertThat(down.errors())
          .contains("1 process or thread of the group routers still runs", "4 parts stopped");
    }
    assertThat(connections).doesNotExist();
    assertThat(first).allSatisfy(process -> assertThat(process.handle()).isEmpty());
    Result stopped = penstock("status", "--output", "json");
    assertThat(stopped.exitCode()).isEqualTo(1);
    assertThat(upInJson(stopped.output())).isFalse();
  }

  @Test
  void downEndsNoProcessThatOnlyHasTheNumber() throws Exception {
    Process stranger = new ProcessBuilder("sleep", "600").start();
    try {
      Files.writeString(
          dir.resolve("state.properties"),
          "redis.port=23456\nredis.pid=%d\nredis.started=2020-01-01T00\\:00\\:00Z\n"
              .formatted(stranger.pid()));
      assertThat(penstock("down").errors()).contains("Nothing was running");
      assertThat(stranger.isAlive()).isTrue();
    } finally {
      stranger.destroyForcibly();
    }
  }

  @Test
  void aCommandWaitsForTheOneThatHoldsTheStack() throws Exception {
    Process waiting;
    try (var channel =
        FileChannel.open(
            dir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(channel.tryLock()).isNotNull();
      waiting = command(dir, "down").start();
      try (var errors = waiting.errorReader()) {
        assertThat(errors.readLine()).contains("waiting for it");
        channel.close();
        assertThat(errors.readLine()).contains("Nothing was running");
      }
    }
    assertThat(waiting.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed() throws Exception {
    Path file = Files.createFile(dir.resolve("file"));
    Result up = run(file.resolve("below"), "up");
    assertThat(up.exitCode()).isEqualTo(1);
    assertThat(up.errors()).contains(file.toString()).doesNotContain("\tat ");
  }

  @Test
  void wrongUseHasItsOwnExitCode() throws Exception {
    assertThat(penstock("up", "--redis-port", "70000").exitCode()).isEqualTo(2);
    assertThat(penstock("logs", "rediz").exitCode()).isEqualTo(2);
    assertThat(penstock("sideways").exitCode()).isEqualTo(2);
  }

  private LocalStack stack() {
    return LocalStack.builder(dir).endWithJvm(false).build();
  }

  private List<ProcessId> processes() {
    StackState state = StackState.read(dir.resolve("state.properties"));
    return Stream.of(PartKind.values()).flatMap(kind -> state.process(kind).stream()).toList();
  }

  private Result penstock(String... arguments) throws IOException, InterruptedException {
    return run(dir, arguments);
  }

  private Result run(Path data, String... arguments) throws IOException, InterruptedException {
    Path errors = Files.createTempFile(dir, "errors", ".txt");
    Process process = command(data, arguments).redirectError(errors.toFile()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return new Result(process.exitValue(), output, Files.readString(errors));
  }

  private static ProcessBuilder command(Path data, String... arguments) {
    List<String> command =
        Machine.java(List.of("-XX:TieredStopAtLevel=1"), LocalMain.class.getName());
    command.add("local");
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command);
    process.environment().keySet().removeIf(name -> name.startsWith("PENSTOCK_CLICKHOUSE_"));
    process.environment().put("PENSTOCK_LOCAL_DIR", data.toString());
    return process;
  }

  private static boolean upInJson(String output) throws IOException {
    String last = output.lines().reduce((_, line) -> line).orElseThrow();
    try (var json = new JsonFactory().createParser(last)) {
      while (json.nextToken() != JsonToken.FIELD_NAME || !json.currentName().equals("up")) {
        assertThat(json.currentToken()).isNotNull();
      }
      return json.nextBooleanValue();
    }
  }

  private record Result(int exitCode, String output, String errors) {}
}
