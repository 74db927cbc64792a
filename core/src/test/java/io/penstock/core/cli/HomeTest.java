package io.penstock.core.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
  @TempDir Path folder;

  @Test
  void folderWithMigrationsIsHome() throws IOException {
    Files.createDirectories(folder.resolve("clickhouse").resolve("migrations"));

    assertThat(Home.find(folder.toString())).isEqualTo(folder.toAbsolutePath());
  }

  @Test
  void anotherFolderIsAUsageErrorThatSaysWhatToSet() {
    assertThatThrownBy(() -> Home.find(folder.toString()))
        .isInstanceOfSatisfying(
            CommandFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
        .hasMessageContaining("set PENSTOCK_HOME");
  }
}
