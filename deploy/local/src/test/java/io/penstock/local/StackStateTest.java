package io.penstock.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackStateTest {
  @TempDir private Path dir;

  @Test
  void whatOneCommandRemembersTheNextOneReads() {
    var process = new ProcessId(4711, Instant.parse("2026-03-04T05:06:07.890Z"));
    StackState written = StackState.read(file());
    written.rememberPort("kafka", 23_456);
    written.rememberProcess(PartKind.KAFKA, process);

    StackState read = StackState.read(file());
    assertThat(read.port("kafka")).isEqualTo(23_456);
    assertThat(read.process(PartKind.KAFKA)).contains(process);
    assertThat(read.process(PartKind.REDIS)).isEmpty();
  }

  @Test
  void aStoppedPartKeepsItsPort() {
    StackState state = StackState.read(file());
    state.rememberPort("redis", 23_456);
    state.rememberProcess(PartKind.REDIS, new ProcessId(4711, Instant.EPOCH));
    state.forgetProcess(PartKind.REDIS);

    StackState read = StackState.read(file());
    assertThat(read.process(PartKind.REDIS)).isEmpty();
    assertThat(read.port("redis")).isEqualTo(23_456);
  }

  /** Processes of yesterday sign what those of today check. */
  @Test
  void aSecretIsMadeOnceAndOnlyItsOwnerReadsIt() throws IOException {
    StackState early = StackState.read(file());
    String replay = StackState.read(file()).secret("replay");

    StackState read = StackState.read(file());
    assertThat(early.secret("replay")).isEqualTo(replay);
    assertThat(replay).matches("[0-9a-f]{64}").isEqualTo(read.secret("replay"));
    assertThat(read.secret("client-cache")).hasSize(64).isNotEqualTo(replay);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
  }

  @Test
  void damagedEntriesCountAsAbsent() throws IOException {
    Files.writeString(file(), "redis.pid=many\nkafka.pid=12\nkafka.started=yesterday\n");
    StackState state = StackState.read(file());
    assertThat(state.process(PartKind.REDIS)).isEmpty();
    assertThat(state.process(PartKind.KAFKA)).isEmpty();
  }

  @Test
  void aNumberThatAnotherProcessHasNowIsNotOurs() {
    ProcessHandle self = ProcessHandle.current();
    Instant started = self.info().startInstant().orElseThrow();
    assertThat(new ProcessId(self.pid(), started).handle()).contains(self);
    assertThat(new ProcessId(self.pid(), started.plusSeconds(1)).handle()).contains(self);
    assertThat(new ProcessId(self.pid(), started.minusSeconds(60)).handle()).isEmpty();
  }

  @Test
  void propertiesSurviveAnyCharacterAndOnlyTheOwnerReadsThem() throws IOException {
    Map<String, String> entries = Map.of("a", " x=\\ü\n:€ ", "b.c", "http://127.0.0.1:1/");
    PropertiesFile.write(file(), "comment", entries);
    assertThat(PropertiesFile.read(file())).containsExactlyInAnyOrderEntriesOf(entries);
    assertThat(Files.readString(file())).contains("b.c=http://127.0.0.1:1/");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
  }

  private Path file() {
    return dir.resolve("state.properties");
  }
}
