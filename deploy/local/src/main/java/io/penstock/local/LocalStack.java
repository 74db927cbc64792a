package io.penstock.local;

import io.penstock.local.npm.CacheFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Real servers on 127.0.0.1 over one data folder. A stack over a folder whose servers run already
 * takes them over: it does not matter which JVM started them.
 *
 * <pre>{@code
 * try (LocalStack stack = LocalStack.builder(Path.of("target/stack")).build()) {
 *   stack.start();
 *   stack.kafka().kill();
 *   stack.kafka().start();
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads. Two JVMs must not change the same folder's stack at once.
 */
public final class LocalStack implements AutoCloseable {
  private static final String STATE_FILE = "state.properties";

  /** What Penstock's processes must share, by the property that tells them. */
  private static final Map<String, String> SECRETS =
      Map.of("penstock.replay.secret", "replay", "penstock.redis.signing.secret", "redis-signing");

  private final Path dir;
  private final Map<PartKind, Part> parts = new EnumMap<>(PartKind.class);
  private final Map<PartKind, Integer> wantedPorts;
  private final Ports ports = new Ports(Ports::isFree, RandomGenerator.getDefault());
  private final Consumer<String> progress;
  private final StackState state;

  private LocalStack(Builder builder) {
    dir = builder.dir;
    progress = builder.progress;
    wantedPorts = Map.copyOf(builder.ports);
    state = StackState.read(dir.resolve(STATE_FILE));
    var context =
        new PartContext(dir, state, builder.endWithJvm, builder.forLoad, builder.progress);
    for (PartKind kind : builder.kinds) {
      parts.put(
          kind,
          switch (kind) {
            case KAFKA -> new KafkaPart(context);
            case POSTGRES -> new PostgresPart(context);
            case REDIS -> new RedisPart(context);
            case CLICKHOUSE -> new ClickHousePart(context);
          });
    }
  }

  /** A stack whose data, logs and state are kept below the folder, which is made when needed. */
  public static Builder builder(Path dir) {
    return new Builder(dir);
  }

  /** Starts every part that does not run, all at once; returns when all of them answer. */
  public LocalStack start() {
    return start(parts.keySet());
  }

  /**
   * Starts the named parts, all at once. Where one fails the others are still waited for and left
   * as they are.
   *
   * @throws LocalStackException naming each part that failed
   */
  public synchronized LocalStack start(Collection<PartKind> kinds) {
    try {
      Files.createDirectories(dir);
      if (!Files.isWritable(dir)) {
        throw new LocalStackException(dir + " is not writable.");
      }
    } catch (IOException e) {
      throw new LocalStackException("The folder " + dir + " cannot be made: " + e, e);
    }
    SECRETS.values().forEach(state::secret);
    List<Part> chosen = kinds.stream().map(this::part).toList();
    chosen.forEach(part -> part.choosePort(ports, wantedPorts.getOrDefault(part.kind(), 0)));
    inParallel(chosen, this::startOne);
    return this;
  }

  /** Stops the parts in order, all at once; what does not run is no error. */
  public synchronized void stop() {
    inParallel(parts.values(), Part::stop);
  }

  /** Deletes data, logs and state, and nothing else that is in the folder; call it when stopped. */
  public synchronized void purge() throws IOException {
    purgeData();
    CacheFolder.remove(dir.resolve("logs"));
    Files.deleteIfExists(dir.resolve(STATE_FILE));
  }

  /** Deletes the data only; call it when stopped. */
  public synchronized void purgeData() throws IOException {
    for (PartKind kind : PartKind.values()) {
      CacheFolder.remove(dir.resolve(kind.id()));
    }
  }

  /** Ends everything in order: the same as {@link #stop}. The data stays. */
  @Override
  public void close() {
    stop();
  }

  /** The Kafka broker. */
  public KafkaPart kafka() {
    return (KafkaPart) part(PartKind.KAFKA);
  }

  /** PostgreSQL. */
  public PostgresPart postgres() {
    return (PostgresPart) part(PartKind.POSTGRES);
  }

  /** Redis. */
  public RedisPart redis() {
    return (RedisPart) part(PartKind.REDIS);
  }

  /** The ClickHouse engine. */
  public ClickHousePart clickHouse() {
    return (ClickHousePart) part(PartKind.CLICKHOUSE);
  }

  /**
   * One part.
   *
   * @throws IllegalArgumentException if this stack was built without it
   */
  public Part part(PartKind kind) {
    Part part = parts.get(kind);
    if (part == null) {
      throw new IllegalArgumentException("This stack has no " + kind.title());
    }
    return part;
  }

  /** The parts this stack was built with, in the enum's order. */
  public List<Part> parts() {
    return List.copyOf(parts.values());
  }

  /** Where data, logs and state are. */
  public Path dir() {
    return dir;
  }

  /** How Penstock's applications reach the parts that run, by their configuration's keys. */
  public Map<String, String> connectionProperties() {
    var properties = new LinkedHashMap<String, String>();
    SECRETS.forEach((property, name) -> properties.put(property, state.secret(name)));
    for (Part part : parts.values()) {
      if (!part.isRunning()) {
        continue;
      }
      switch (part) {
        case KafkaPart kafka ->
            properties.put("penstock.kafka.bootstrap.servers", kafka.bootstrapServers());
        case PostgresPart postgres -> {
          properties.put("penstock.postgres.url", postgres.jdbcUrl());
          properties.put("penstock.postgres.user", postgres.user());
          properties.put("penstock.postgres.password", postgres.password());
        }
        case RedisPart redis -> properties.put("penstock.redis.url", redis.redisUrl());
        case ClickHousePart clickHouse ->
            properties.put("penstock.clickhouse.url", clickHouse.clickHouseUrl());
      }
    }
    return properties;
  }

  private void startOne(Part part) {
    long began = System.nanoTime();
    boolean started = part.start();
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    progress.accept(
        started
            ? "%-10s up on %s after %.1f s"
                .formatted(part.kind().title(), part.address(), took.toMillis() / 1000.0)
            : "%-10s runs already on %s".formatted(part.kind().title(), part.address()));
  }

  private static void inParallel(Collection<Part> parts, Consumer<Part> action) {
    var failures = new ArrayList<Throwable>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      parts.forEach(part -> running.add(threads.submit(() -> action.accept(part))));
      for (Future<?> one : running) {
        try {
          var _ = one.get();
        } catch (ExecutionException e) {
          failures.add(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
          threads.shutdownNow();
          Thread.currentThread().interrupt();
          throw new LocalStackException("Interrupted", e);
        }
      }
    }
    if (failures.isEmpty()) {
      return;
    }
    var message = new StringBuilder();
    for (Throwable failure : failures) {
      message.append(message.isEmpty() ? "" : "\n");
      message.append(
          failure instanceof LocalStackException ? failure.getMessage() : failure.toString());
    }
    var all = new LocalStackException(message.toString(), failures.getFirst());
    failures.stream().skip(1).forEach(all::addSuppressed);
    throw all;
  }

  /** Collects what a stack should be; not safe for use by several threads. */
  public static final class Builder {
    private final Path dir;
    private final Map<PartKind, Integer> ports = new EnumMap<>(PartKind.class);
    private Set<PartKind> kinds = EnumSet.allOf(PartKind.class);
    private boolean endWithJvm = true;
    private boolean forLoad;
    private Consumer<String> progress = line -> {};

    private Builder(Path dir) {
      this.dir = dir.toAbsolutePath().normalize();
    }

    /** Only these parts; all of them unless said. */
    public Builder parts(PartKind first, PartKind... more) {
      kinds = EnumSet.of(first, more);
      return this;
    }

    /** A fixed port; unless said, the port of last time where that is free, else a free one. */
    public Builder port(PartKind kind, int port) {
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("Not a port: " + port);
      }
      ports.put(kind, port);
      return this;
    }

    /** Whether the servers end with this JVM, however it ends. True unless said. */
    public Builder endWithJvm(boolean end) {
      endWithJvm = end;
      return this;
    }

    /** Servers tuned for steady load: they start several seconds later and then need less CPU. */
    public Builder forLoad(boolean load) {
      forLoad = load;
      return this;
    }

    /** Told one line for each part as it comes up, from several threads. */
    public Builder progress(Consumer<String> listener) {
      progress = listener;
      return this;
    }

    /** A stack that starts nothing yet, and knows what runs over its folder. */
    public LocalStack build() {
      return new LocalStack(this);
    }
  }
}
