package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo, which starts all applications. */
class DemoIT {
  private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

  @TempDir private Path folder;

  @Test
  void theDemoAddsUpAndLeavesNothingBehind() throws Exception {
    Path data = folder.resolve("demo");

    Run run = demo("--output", "json", "--data", data.toString());

    assertThat(run.exitCode).as(run.errors).isZero();
    assertThat(run.output).contains("sent = stored + dead letters: yes");
    assertThat(numbers(run.output.strip().lines().toList().getLast()))
        .containsEntry("sent", 10_100.0)
        .containsEntry("stored", 10_000.0)
        .containsEntry("deadLetters", 100.0)
        .containsEntry("lost", 0.0)
        .containsEntry("duplicated", 0.0)
        .containsEntry("clients", 21.0)
        .containsEntry("INVALID_API_KEY", 25.0)
        .containsEntry("UNKNOWN_CLIENT", 25.0)
        .containsEntry("MALFORMED_JSON", 25.0)
        .containsEntry("MISSING_FIELD", 25.0)
        .containsKey("seconds");
    assertThat(data).doesNotExist();
  }

  @Test
  void aFolderWithOtherThingsIsLeftAlone() throws Exception {
    Path mine = Files.writeString(folder.resolve("mine.txt"), "x");

    Run run = demo("--data", folder.toString());

    assertThat(run.exitCode).isEqualTo(2);
    assertThat(run.errors).contains("is not empty and holds no stack");
    assertThat(mine).hasContent("x");
  }

  private record Run(int exitCode, String output, String errors) {}

  private Run demo(String... arguments) throws IOException, InterruptedException {
    Path errors = Files.createTempFile("demo", ".log");
    ProcessBuilder builder = new ProcessBuilder(HOME.resolve("penstock").toString(), "demo");
    builder.command().addAll(List.of(arguments));
    builder.environment().put("PENSTOCK_SKIP_BUILD", "1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectError(errors.toFile()).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      return new Run(process.exitValue(), output, Files.readString(errors));
    } finally {
      process.destroy();
      Files.delete(errors);
    }
  }

  /** All numbers in the object, also in the objects in it. */
  private static Map<String, Double> numbers(String object) throws IOException {
    Map<String, Double> numbers = new TreeMap<>();
    try (JsonParser json = new JsonFactory().createParser(object)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token.isNumeric()) {
          numbers.put(json.currentName(), json.getDoubleValue());
        }
      }
    }
    return numbers;
  }
}
