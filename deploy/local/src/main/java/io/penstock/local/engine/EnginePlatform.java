package io.penstock.local.engine;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An operating system and processor in npm's words.
 *
 * @param os {@code linux} or {@code darwin} where the engine exists
 * @param arch {@code x64} or {@code arm64} where the engine exists
 */
record EnginePlatform(String os, String arch) {
  private static final Map<String, String> PACKAGES =
      Map.of(
          "linux-x64", "@chdb/lib-linux-x64-gnu",
          "linux-arm64", "@chdb/lib-linux-arm64-gnu",
          "darwin-x64", "@chdb/lib-darwin-x64",
          "darwin-arm64", "@chdb/lib-darwin-arm64");

  static EnginePlatform current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /** From Java's system properties {@code os.name} and {@code os.arch}. */
  static EnginePlatform of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String arch = osArch.toLowerCase(Locale.ROOT);
    return new EnginePlatform(
        os.startsWith("mac") ? "darwin" : os.replace(' ', '-'),
        switch (arch) {
          case "amd64", "x86_64" -> "x64";
          case "aarch64" -> "arm64";
          default -> arch;
        });
  }

  String name() {
    return os + "-" + arch;
  }

  /** The npm package that holds the library; null where there is none. */
  @Nullable String npmPackage() {
    return PACKAGES.get(name());
  }
}
