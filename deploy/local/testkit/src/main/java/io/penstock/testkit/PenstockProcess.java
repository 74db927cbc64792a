package io.penstock.testkit;

import io.penstock.core.config.ConfigKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How tests start Penstock's applications as processes: from the distribution's jars where {@code
 * penstock.lib} names its folder, as in the module {@code it}; else, in the run of one module, from
 * this JVM's class path.
 */
public final class PenstockProcess {
  private static final String LIB = System.getProperty("penstock.lib", "");

  private PenstockProcess() {}

  /**
   * A process of an application, not started yet. It knows no other settings than these.
   *
   * @param module whose jar has the main class: {@code router}, for one
   * @param jvmOptions further ones
   */
  public static ProcessBuilder of(
      String module,
      Class<?> main,
      Map<String, String> properties,
      List<String> jvmOptions,
      Collection<String> arguments) {
    List<String> options = new ArrayList<>(archive(module));
    options.addAll(jvmOptions);
    return of(main.getName(), classPath(module), properties, options, arguments);
  }

  /**
   * An archive of an application's loaded classes, written by the first processes that end in order
   * and used by those after them: a router then starts with half of the CPU time.
   */
  private static List<String> archive(String module) {
    return LIB.isEmpty()
        ? List.of()
        : List.of(
            "-XX:+AutoCreateSharedArchive",
            "-XX:SharedArchiveFile=" + Path.of(LIB).resolveSibling("tests-" + module + ".jsa"),
            "-XX:-PrintWarnings",
            "-Xlog:disable",
            "-Xlog:all=warning,cds*=off,aot*=off:stderr");
  }

  /** The same of other classes. */
  public static ProcessBuilder of(
      String main,
      String classPath,
      Map<String, String> properties,
      List<String> jvmOptions,
      Collection<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Tests start hundreds of them: a quick start counts for more than speed later.
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(
        List.of("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("PENSTOCK_"));
    properties.forEach((name, value) -> environment.put(ConfigKey.environmentName(name), value));
    return builder;
  }

  /** This JVM's class path. Surefire may hide it in a jar's manifest; it leaves the real one. */
  public static String ownClassPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  /** What an application's class path is. */
  public static String classPath(String module) {
    if (LIB.isEmpty()) {
      return ownClassPath();
    }
    Path lib = Path.of(LIB);
    try (Stream<Path> files = Files.list(lib)) {
      String own =
          files
              .map(Path::toString)
              .filter(file -> file.startsWith(lib.resolve("penstock-" + module + "-").toString()))
              .findFirst()
              .orElseThrow();
      String others = Files.readString(lib.resolve(module + ".classpath"));
      return own + ":" + others.replace("lib/", lib + "/");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
