package io.penstock.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.refusal.Refusal;
import java.io.IOException;
import java.time.Instant;
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

  /** 2026-01-31, later than all the events. */
  private static final long NOW = 1_769_817_600_000L;

  private static final EventLimits LIMITS = new EventLimits(1 << 20, 315_532_800_000L, 86_400_000L);

  private final JsonFactory jackson = new JsonFactory();
  private final EventParser penstock = new EventParser(LIMITS);
  private final byte[][] events = new byte[EVENTS][];

  /** Makes the events, the same for every run. */
  @Setup
  public void makeEvents() {
    EventGenerator generator = new EventGenerator(520);
    for (int i = 0; i < EVENTS; i++) {
      String clientId = "client-%04d".formatted(i % 100);
      events[i] = generator.next(clientId, ApiKeyHash.ofKey(clientId).toHex());
    }
  }

  /** The router's way. */
  @Benchmark
  public void penstockChecksContract(Blackhole consumed) {
    for (byte[] event : events) {
      Refusal refusal = penstock.parse(event, null, null, NOW);
      if (refusal != null) {
        throw new IllegalStateException(refusal.detail());
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
      case "event_time" -> requireTime(Long.parseLong(text));
      default -> text;
    };
  }

  private static String requireThat(boolean ok, String text) {
    if (!ok) {
      throw new IllegalStateException("not an event of the contract");
    }
    return text;
  }

  private static Instant requireTime(long millis) {
    if (millis < LIMITS.earliestMillis() || millis - NOW > LIMITS.maxAheadMillis()) {
      throw new IllegalStateException("not a time of the contract");
    }
    return Instant.ofEpochMilli(millis);
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
