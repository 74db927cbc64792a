package io.penstock.testkit;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The secrets that the tests of this JVM use, so that whatever has logged can be searched for them.
 * Thread-safe.
 */
public final class Secrets {
  private static final Pattern NAME = Pattern.compile("password|secret");

  /** Shorter ones would be found by chance. */
  private static final int SHORTEST = 16;

  private static final Set<String> OF_PROCESSES = ConcurrentHashMap.newKeySet();
  private static final Set<String> OF_CLIENTS = ConcurrentHashMap.newKeySet();

  private Secrets() {}

  /** Notes the secrets among settings: passwords, and what signs. */
  public static void ofProcess(Map<String, String> settings) {
    settings.forEach((name, value) -> {
      if (NAME.matcher(name).find() && value.length() >= SHORTEST) {
        OF_PROCESSES.add(value);
      }
    });
  }

  /** Notes what only a client and its producers know: a key, its hash, a mark of its events. */
  public static void ofClient(String secret) {
    OF_CLIENTS.add(secret);
  }

  /** Fails if a log has one of them, or a client's. */
  public static void assertNoneIn(String log) {
    assertNone(OF_PROCESSES, log);
    assertNone(OF_CLIENTS, log);
  }

  /** The same of a command's output, which may show to a client's operator what is the client's. */
  public static void assertNoneOfProcessesIn(String output) {
    assertNone(OF_PROCESSES, output);
  }

  private static void assertNone(Set<String> secrets, String text) {
    Optional<String> shown = secrets.stream().filter(text::contains).findFirst();
    shown.ifPresent(secret -> {
      throw new AssertionError(
          "a secret is shown: "
              + text.lines().filter(line -> line.contains(secret)).findFirst().orElse(secret));
    });
  }
}
