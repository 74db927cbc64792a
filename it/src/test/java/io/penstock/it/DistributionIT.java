package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder that is installed, away from the source tree. */
class DistributionIT {
  private static final Path BUILT =
      Path.of(System.getProperty("penstock.lib", ".")).toAbsolutePath().resolveSibling("");

  private final Map<String, String> environment = new HashMap<>();

  @TempDir private Path folder;

  @Test
  void everyJarIsOnSomeClassPathAndEachOfThoseIsThere() throws Exception {
    Set<String> wanted = new TreeSet<>();
    Set<String> there = new TreeSet<>();
    for (Path file : files(BUILT.resolve("lib"))) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(".classpath")) {
        wanted.addAll(List.of(Files.readString(file).split(":")));
        wanted.add("lib/penstock-" + name.replace(".classpath", version()));
      } else if (name.endsWith(".jar")) {
        there.add("lib/" + name);
      }
    }
    assertThat(there).isEqualTo(wanted);
  }

  @Test
  void noTestLibraryIsShipped() throws Exception {
    assertThat(files(BUILT.resolve("lib")))
        .noneMatch(jar -> jar.toString().matches(".*(testcontainers|testkit|junit|assertj).*"));
  }

  @Test
  void itRunsElsewhereWithoutMavenAndSources() throws Exception {
    Path program = install();
    for (String command : List.of("clients", "dlq", "local", "router", "bench")) {
      Run help = run(program, command, "--help");
      assertThat(help.exitCode).as(help.output).isZero();
      assertThat(help.output).startsWith("Usage: ");
    }
    Run version = run(program, "--version");
    assertThat(version.output.strip() + ".jar").isEqualTo("penstock " + version().substring(1));
    Run unconfigured = run(program, "clients", "list");
    assertThat(unconfigured.exitCode).as(unconfigured.output).isEqualTo(2);
    assertThat(unconfigured.output).startsWith("No configuration");
  }

  @Test
  void picocliIsCompiledForThisJvm() throws Exception {
    Path picocli =
        files(BUILT.resolve("lib")).stream()
            .filter(jar -> String.valueOf(jar.getFileName()).startsWith("picocli-"))
            .findFirst()
            .orElseThrow();
    try (FileSystem jar = FileSystems.newFileSystem(picocli);
        DataInputStream commandLine =
            new DataInputStream(
                Files.newInputStream(jar.getPath("picocli", "CommandLine.class")))) {
      commandLine.skipNBytes(6);
      assertThat(commandLine.readUnsignedShort()).isEqualTo(ClassFile.JAVA_25_VERSION);
    }
  }

  @Test
  void theThirdConfiguredCommandStartsFromAnAotCache() throws Exception {
    Path program = install();
    run(program, "clients", "--help");
    run(program, "clients", "list");
    assertThat(aotKinds()).isEmpty();

    environment.put("PENSTOCK_POSTGRES_URL", "jdbc:postgresql://127.0.0.1:1/none");
    Run recorded = run(program, "clients", "list");
    assertThat(recorded.output).contains("problems in the configuration");
    assertThat(aotKinds()).containsExactly("conf");
    assertThat(run(program, "clients", "list")).isEqualTo(recorded);
    awaitAotKinds("aot");

    // A JVM that does not run without its cache.
    environment.put("PENSTOCK_JAVA_OPTS", "-XX:AOTMode=on");
    assertThat(run(program, "clients", "list")).isEqualTo(recorded);
    assertThat(run(program, "clients", "--help").output).startsWith("Usage: ");
  }

  @Test
  void killsKeepNoAotCacheFromBeingMade() throws Exception {
    Path program = install();
    environment.put("PENSTOCK_POSTGRES_URL", "jdbc:postgresql://127.0.0.1:1/none");
    Run recorded = run(program, "clients", "list");
    Path recording = aot().getFirst();
    Path making = Path.of(recording.toString().replaceFirst("conf$", "making"));

    // Killed while it recorded.
    Files.writeString(recording, "cut off");
    assertThat(run(program, "clients", "list")).isEqualTo(recorded);
    awaitAotKinds();

    // Killed while it made the cache, or still about it.
    Files.writeString(making, "left behind");
    assertThat(run(program, "clients", "list")).isEqualTo(recorded);
    assertThat(aotKinds()).containsExactly("making");
    Files.setLastModifiedTime(making, FileTime.from(Instant.now().minus(Duration.ofMinutes(7))));
    assertThat(run(program, "clients", "list")).isEqualTo(recorded);
    assertThat(aotKinds()).isEmpty();
    assertThat(run(program, "clients", "list")).isEqualTo(recorded);
    assertThat(aotKinds()).containsExactly("conf");
  }

  @Test
  void itIsCalledThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("penstock"), BUILT.resolve("bin/penstock"));
    Run help = run(link, "clients", "--help");
    assertThat(help.exitCode).as(help.output).isZero();
  }

  /** As in the name of each of our jars: -VERSION.jar. */
  private static String version() throws IOException {
    return files(BUILT.resolve("lib")).stream()
        .map(jar -> String.valueOf(jar.getFileName()))
        .filter(name -> name.startsWith("penstock-core-"))
        .map(name -> name.substring("penstock-core".length()))
        .findFirst()
        .orElseThrow();
  }

  private static List<Path> files(Path in) throws IOException {
    try (Stream<Path> files = Files.walk(in)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /** The program of a copy, as it is unpacked: without what commands have left there meanwhile. */
  private Path install() throws IOException {
    List<Path> parts;
    try (Stream<Path> children = Files.list(BUILT)) {
      parts =
          children
              .filter(part -> !part.endsWith("aot") && !part.toString().endsWith(".jsa"))
              .toList();
    }
    for (Path part : parts) {
      for (Path file : files(part)) {
        Path target = installed().resolve(BUILT.relativize(file).toString());
        Files.createDirectories(target.getParent());
        // The jars are hundreds of megabytes.
        Path _ =
            file.toString().endsWith(".jar")
                ? Files.createLink(target, file)
                : Files.copy(file, target);
        assertThat(target.toFile().setExecutable(Files.isExecutable(file))).isTrue();
      }
    }
    return installed().resolve("bin/penstock");
  }

  private Path installed() {
    return folder.resolve("opt penstock & more");
  }

  /** In the order of their names. */
  private List<Path> aot() throws IOException {
    Path aot = installed().resolve("aot");
    return Files.exists(aot) ? files(aot).stream().sorted().toList() : List.of();
  }

  /** What commands have left for later ones, without names: {@code conf}, for one. */
  private List<String> aotKinds() throws IOException {
    return aot().stream().map(file -> file.toString().replaceFirst(".*[.]", "")).toList();
  }

  private void awaitAotKinds(String... wanted) throws Exception {
    for (int i = 0; i < 600 && !aotKinds().equals(List.of(wanted)); i++) {
      Thread.sleep(100);
    }
    assertThat(aotKinds()).containsExactly(wanted);
  }

  private record Run(int exitCode, String output) {}

  private Run run(Path program, String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.command().addAll(List.of(arguments));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PATH", "/usr/bin:/bin");
    environment.put("HOME", folder.toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }
}
