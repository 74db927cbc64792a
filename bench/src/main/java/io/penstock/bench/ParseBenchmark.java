package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.event.Rejection;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What one event costs to parse. {@link EventParser} walks the event, extracts the contract's
 * fields and checks every rule of the contract. jackson-core's streaming parser is measured twice:
 * walking and extracting only, and with the checks that the JDK offers on top. The figures are in
 * docs/adr/0002-own-json-scanner.md.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ParseBenchmark.EVENTS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class ParseBenchmark {
  /** So many different events that the processor cannot learn them by heart. */
  static final int EVENTS = 1024;

  private static final Pattern CLIENT_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final int AVERAGE_BYTES = 520;
  private static final long NOW = 1_790_000_000_000L;

  private final JsonFactory jackson = new JsonFactory();
  private final EventParser penstock =
      new EventParser(new EventLimits(1 << 20, 315_532_800_000L, 86_400_000L));
  private final byte[][] events = new byte[EVENTS][];

  /** Makes the events, the same for every run. */
  @Setup
  public void makeEvents() {
    Random random = new Random(520);
    long bytes = 0;
    for (int i = 0; i < EVENTS; i++) {
      events[i] = productEvent(random).getBytes(UTF_8);
      bytes += events[i].length;
    }
    if (Math.abs(bytes / EVENTS - AVERAGE_BYTES) > 5) {
      throw new IllegalStateException("an event has " + bytes / EVENTS + " bytes on average");
    }
  }

  /** A product event as web trackers send them, of the average size that the router is sized by. */
  private static String productEvent(Random random) {
    String name = pick(random, "product_viewed", "product_added", "checkout_started", "search");
    UUID id = new UUID(random.nextLong() & ~0xf000L | 0x7000L, random.nextLong());
    String path = pick(random, "/", "/shop/shoes", "/shop/shoes/trail-runner", "/cart", "/account");
    String tags = pick(random, "", "\"sale\"", "\"running\",\"outdoor\"", "\"jackets\",\"rain\"");
    return """
    {"client_id":"client-%04d","api_key_hash":"%016x%016x%016x%016x","event_name":"%s",\
    "event_id":"%s","event_time":"%s","user_id":"user-%d","session_id":"s-%x",\
    "event_properties":{"product_id":"SKU-%d","price":%d.%02d,"currency":"%s","quantity":%d,\
    "path":"%s","referrer":"https://search.example/?q=%s","campaign":"%s","in_stock":%b,\
    "tags":[%s]},"locale":"%s"}\
    """
        .formatted(
            random.nextInt(100),
            random.nextLong(),
            random.nextLong(),
            random.nextLong(),
            random.nextLong(),
            name,
            id,
            Instant.ofEpochMilli(NOW - random.nextInt(10_000_000)),
            random.nextInt(10_000_000),
            random.nextLong() & 0xffff_ffffL,
            random.nextInt(100_000),
            random.nextInt(400),
            random.nextInt(100),
            pick(random, "EUR", "USD", "GBP"),
            1 + random.nextInt(12),
            path,
            pick(random, "shoes", "rain+jacket", "trail+running+shoes"),
            pick(random, "autumn-sale", "newsletter-2026-09", "none"),
            random.nextBoolean(),
            tags,
            pick(random, "de-AT", "en-GB", "fr"));
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** The router's way. */
  @Benchmark
  public void penstockChecksContract(Blackhole consumed) {
    for (byte[] event : events) {
      Rejection rejection = penstock.parse(event, null, null, NOW);
      if (rejection != null) {
        throw new IllegalStateException(rejection.detail());
      }
      consumed.consume(penstock.event());
    }
  }

  /** The least that a parser on top of Jackson has to do, before any check. */
  @Benchmark
  public void jacksonExtractsFields(Blackhole consumed) throws IOException {
    for (byte[] event : events) {
      walk(event, (field, text) -> consumed.consume(text), consumed);
    }
  }

  /** What a parser on top of Jackson and the JDK would do. */
  @Benchmark
  public void jacksonChecksContract(Blackhole consumed) throws IOException {
    for (byte[] event : events) {
      walk(event, (field, text) -> consumed.consume(check(field, text)), consumed);
    }
  }

  private static Object check(String field, String text) {
    return switch (field) {
      case "client_id" -> requireThat(CLIENT_ID.matcher(text).matches(), text);
      case "api_key_hash" -> ApiKeyHash.ofHex(text);
      case "event_name" -> requireThat(!text.isEmpty() && text.length() <= 200, text);
      case "event_id" -> UUID.fromString(text);
      case "event_time" -> OffsetDateTime.parse(text).toInstant().toEpochMilli();
      default -> text;
    };
  }

  private static String requireThat(boolean ok, String text) {
    if (!ok) {
      throw new IllegalStateException("not an event of the contract");
    }
    return text;
  }

  private void walk(byte[] event, BiConsumer<String, String> field, Blackhole consumed)
      throws IOException {
    try (JsonParser parser = jackson.createParser(event)) {
      parser.nextToken();
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken token = parser.nextToken();
        switch (name) {
          case "client_id",
              "api_key_hash",
              "event_name",
              "event_id",
              "event_time",
              "user_id",
              "anonymous_id",
              "session_id" ->
              field.accept(name, parser.getText());
          default -> {
            // event_properties, and what goes to extra: only where it starts and ends.
            consumed.consume(parser.currentTokenLocation().getByteOffset());
            if (token.isStructStart()) {
              parser.skipChildren();
            } else {
              parser.finishToken();
            }
            consumed.consume(parser.currentLocation().getByteOffset());
          }
        }
      }
    }
  }

  /**
   * Runs the benchmark.
   *
   * @param args JMH's own options, such as {@code -f 3}
   */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    new Runner(
            new OptionsBuilder()
                .parent(new CommandLineOptions(args))
                .include(ParseBenchmark.class.getName())
                .build())
        .run();
  }
}
