package io.penstock.local.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fetching, with scripts in npm's place: the integration tests use npm's real package. */
class EngineLibraryTest {
  private static final EnginePlatform LINUX = new EnginePlatform("linux", "x64");
  private static final String INSTALLS =
      """
      #!/bin/sh
      echo run >> "$(dirname "$0")/runs"
      test "$1" = ci && test -f package.json && test -f package-lock.json || exit 7
      mkdir -p node_modules/@chdb/lib-linux-x64-gnu
      echo engine > node_modules/@chdb/lib-linux-x64-gnu/libchdb.so
      """;

  @TempDir private Path root;
  private final List<String> progress = new ArrayList<>();

  private Path npm(String script) throws IOException {
    Path folder = Files.createDirectories(root.resolve("bin"));
    Path file = Files.writeString(folder.resolve("npm"), script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }

  private EngineLibrary library(Path npmFolder, EnginePlatform platform) {
    return new EngineLibrary(
        Map.of(
            "PATH",
            npmFolder + ":/usr/bin:/bin",
            "PENSTOCK_CACHE_DIR",
            root.resolve("c").toString()),
        platform,
        progress::add);
  }

  private Path home() {
    return root.resolve("c/engine/" + EngineLibrary.version() + "-linux-x64");
  }

  @Test
  void theLibraryIsFetchedOnceAndThenFound() throws IOException {
    Path folder = npm(INSTALLS);

    Path first = library(folder, LINUX).resolve();
    Path second = library(folder, LINUX).resolve();

    assertThat(first)
        .isEqualTo(second)
        .isEqualTo(home().resolve("node_modules/@chdb/lib-linux-x64-gnu/libchdb.so"))
        .hasContent("engine\n");
    assertThat(folder.resolve("runs")).hasContent("run\n");
    assertThat(progress).first().asString().contains("Fetching the ClickHouse engine 26.7");
  }

  @Test
  void severalAtOnceFetchItOnce() throws Exception {
    Path folder = npm(INSTALLS);
    try (var threads = Executors.newFixedThreadPool(4)) {
      Callable<Path> resolve = () -> library(folder, LINUX).resolve();
      for (Future<Path> path : threads.invokeAll(List.of(resolve, resolve, resolve, resolve))) {
        assertThat(path.get()).exists();
      }
    }
    assertThat(folder.resolve("runs")).hasContent("run\n");
  }

  @Test
  void whatAKilledFetchLeftIsRemoved() throws IOException {
    Path leftover = root.resolve("c/engine/." + home().getFileName() + ".part");
    Files.createDirectories(leftover.resolve("node_modules"));
    Files.createDirectories(home());

    assertThat(library(npm(INSTALLS), LINUX).resolve()).exists();

    try (Stream<Path> left = Files.list(root.resolve("c/engine"))) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              home().getFileName().toString(), "." + home().getFileName() + ".lock");
    }
  }

  @Test
  void aFailureOfNpmIsShownWithItsLastLinesAndTheWayOut() throws IOException {
    Path folder = npm("#!/bin/sh\necho no route to the registry\nexit 3\n");
    assertThatThrownBy(() -> library(folder, LINUX).resolve())
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("exit code 3")
        .hasMessageContaining("no route to the registry")
        .hasMessageContaining("PENSTOCK_CLICKHOUSE_URL");
    assertThat(home()).doesNotExist();
  }

  @Test
  void aMissingOptionalPackageIsNamed() throws IOException {
    Path folder = npm("#!/bin/sh\nexit 0\n");
    assertThatThrownBy(() -> library(folder, LINUX).resolve())
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("@chdb/lib-linux-x64-gnu")
        .hasMessageContaining("PENSTOCK_ENGINE_LIBRARY");
  }

  @Test
  void missingNpmIsNamed() {
    var library =
        new EngineLibrary(
            Map.of("PATH", root.toString(), "PENSTOCK_CACHE_DIR", root.toString()),
            LINUX,
            progress::add);
    assertThatThrownBy(library::resolve)
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("Install Node.js")
        .hasMessageContaining("PENSTOCK_CLICKHOUSE_URL");
  }

  @Test
  void anotherSystemIsToldWhichVariablesHelp() throws IOException {
    Path folder = npm(INSTALLS);
    assertThatThrownBy(() -> library(folder, EnginePlatform.of("FreeBSD", "riscv64")).resolve())
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("freebsd-riscv64")
        .hasMessageContaining("PENSTOCK_CLICKHOUSE_URL");
  }

  @Test
  void aGivenFileIsTakenAsItIs() throws IOException {
    Path file = Files.writeString(root.resolve("mine.so"), "x");
    var given =
        new EngineLibrary(Map.of("PENSTOCK_ENGINE_LIBRARY", file.toString()), LINUX, progress::add);
    var missing =
        new EngineLibrary(Map.of("PENSTOCK_ENGINE_LIBRARY", file + "x"), LINUX, progress::add);

    assertThat(given.resolve()).isEqualTo(file);
    assertThatThrownBy(missing::resolve).hasMessageContaining("which is not a file");
  }

  @ParameterizedTest
  @CsvSource({
    "Linux,amd64,@chdb/lib-linux-x64-gnu",
    "Linux,aarch64,@chdb/lib-linux-arm64-gnu",
    "Mac OS X,x86_64,@chdb/lib-darwin-x64",
    "Mac OS X,aarch64,@chdb/lib-darwin-arm64",
    "Windows 11,amd64,",
  })
  void platformsHaveTheirPackage(String os, String arch, String npmPackage) {
    assertThat(EnginePlatform.of(os, arch).npmPackage()).isEqualTo(npmPackage);
  }
}
