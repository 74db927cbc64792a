package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    Path installed = folder.resolve("opt penstock & more");
    copy(BUILT, installed);
    for (String command : List.of("clients", "dlq", "local", "router", "bench")) {
      Run help = run(installed.resolve("bin/penstock"), command, "--help");
      assertThat(help.exitCode).as(help.output).isZero();
      assertThat(help.output).startsWith("Usage: ");
    }
    Run version = run(installed.resolve("bin/penstock"), "--version");
    assertThat(version.output.strip() + ".jar").isEqualTo("penstock " + version().substring(1));
    Run unconfigured = run(installed.resolve("bin/penstock"), "clients", "list");
    assertThat(unconfigured.exitCode).as(unconfigured.output).isEqualTo(2);
    assertThat(unconfigured.output).startsWith("No configuration");
  }

  @Test
  void anArchiveOfClassesIsMadeOnceAndASpoiltOneIsMadeAnew() throws Exception {
    Path installed = folder.resolve("opt penstock & more");
    copy(BUILT, installed);
    Path program = installed.resolve("bin/penstock");
    Path archive = installed.resolve("archive/provisioning.jsa");
    String help = run(program, "clients", "--help").output;
    assertThat(archive).doesNotExist();

    environment.put("PENSTOCK_POSTGRES_URL", "jdbc:postgresql://127.0.0.1:1/none");
    Run configured = run(program, "clients", "list");
    assertThat(configured.output).contains("problems in the configuration");
    assertThat(archive).isNotEmptyFile();
    assertThat(run(program, "clients", "list")).isEqualTo(configured);

    Files.writeString(archive, "no archive");
    assertThat(run(program, "clients", "--help").output).isEqualTo(help);
    assertThat(archive).doesNotExist();
    assertThat(run(program, "clients", "list")).isEqualTo(configured);
    assertThat(archive).isNotEmptyFile();
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

  /** As it is unpacked: without the archives that its commands have made meanwhile. */
  private static void copy(Path from, Path to) throws IOException {
    for (Path file : files(from)) {
      if (file.toString().endsWith(".jsa")) {
        continue;
      }
      Path target = to.resolve(from.relativize(file).toString());
      Files.createDirectories(target.getParent());
      // The jars are hundreds of megabytes.
      Path _ =
          file.toString().endsWith(".jar")
              ? Files.createLink(target, file)
              : Files.copy(file, target);
      assertThat(target.toFile().setExecutable(Files.isExecutable(file))).isTrue();
    }
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
