package io.penstock.core.config;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The catalogue: every key of every application, because one file or environment configures all of
 * them and a name that none of them knows is an error. {@code docs/reference/configuration.md} is
 * written from it.
 */
public final class ConfigKeys {
  /**
   * Environment variables that steer a process before it reads its configuration, with their
   * meaning.
   */
  public static final Map<String, String> PROCESS_VARIABLES =
      ordered(
          ConfigSource.FILE_VARIABLE,
          "A properties file (UTF-8) with any of the keys below; the environment wins over it.",
          "PENSTOCK_HOME",
          "The repository's or distribution's root folder, where `postgres/sql` and `clickhouse/migrations` are found.",
          "PENSTOCK_LOCAL_DIR",
          "Where the local stack keeps its data and logs (default: `.penstock/local` under the root folder).",
          "PENSTOCK_CACHE_DIR",
          "Where the local stack's programs are unpacked (default: `~/.cache/penstock`).",
          "PENSTOCK_LOG_LEVEL",
          "What the router logs of its own: `DEBUG`, `INFO` (default), `WARN`, `ERROR`.",
          LogFormat.VARIABLE,
          "How log lines are written: `text` (default), or `json` for [one object a line](logs.md).",
          ConfigSource.TARGET_PREFIX + "*",
          "Passwords of ClickHouse targets, under the names that `./penstock targets add --password-variable` was given; with `_FILE` behind a name, the file that has the password.",
          "PENSTOCK_JAVA_OPTS",
          "Further options for the JVM that `./penstock` starts.",
          "PENSTOCK_ROUTER_JVM_OPTS",
          "Options for the router's JVM in place of those that `./penstock` gives it.",
          "PENSTOCK_SKIP_BUILD",
          "`1`: `./penstock` runs what is built already.");

  /** Whatever follows it is handed to Kafka's clients. */
  public static final String KAFKA_PROPERTY_PREFIX = "penstock.kafka.property.";

  private static final Pattern BOOTSTRAP =
      Pattern.compile("[^\\s,:/]+:\\d{1,5}(\\s*,\\s*[^\\s,:/]+:\\d{1,5})*");
  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
  private static final Pattern JDBC =
      Pattern.compile("jdbc:postgresql://(?!.*[?&](user|password)=)\\S+");
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

  private static final int SECRET_MIN_CHARACTERS = 32;

  private static final List<Section> OPENED = new ArrayList<>();

  private static final Section KAFKA =
      section(
          "Kafka",
          "Any client property passes through: `penstock.kafka.property.` and its name, as in"
              + " `PENSTOCK_KAFKA_PROPERTY_SECURITY_PROTOCOL=SASL_SSL` or"
              + " `penstock.kafka.property.ssl.truststore.location=/etc/kafka/ca.p12`. Those whose name holds password, secret, jaas,"
              + " token, key or credential are masked in logs and may come from a file too"
              + " (`PENSTOCK_KAFKA_PROPERTY_SASL_JAAS_CONFIG_FILE`).");
  public static final ConfigKey<String> KAFKA_BOOTSTRAP_SERVERS =
      KAFKA.required(
          "penstock.kafka.bootstrap.servers",
          ConfigType.text(BOOTSTRAP, "a list of host:port, separated by commas"),
          "The brokers to ask first.");
  public static final ConfigKey<String> TOPIC_EVENTS =
      KAFKA.defaulted(
          "penstock.topic.events",
          ConfigType.text(TOPIC, "a topic name"),
          "shared_raw_events",
          "The topic that producers write events to.");
  public static final ConfigKey<String> TOPIC_DEAD_LETTERS =
      KAFKA.defaulted(
          "penstock.topic.dead.letters",
          ConfigType.text(TOPIC, "a topic name"),
          "shared_dead_letter",
          "The topic of events that could not be stored.");
  public static final ConfigKey<String> TOPIC_LEDGER =
      KAFKA.defaulted(
          "penstock.topic.ledger",
          ConfigType.text(TOPIC, "a topic name"),
          "penstock_ledger",
          "The topic of the ledger: what became of every offset of the events topic.");
  public static final ConfigKey<Integer> TOPIC_EVENTS_PARTITIONS =
      KAFKA.defaulted(
          "penstock.topic.events.partitions",
          ConfigType.integer(1, 10_000),
          "6",
          "Partitions of the topics when `setup` creates them; bounds how many router threads can share the work.");
  public static final ConfigKey<Integer> TOPIC_REPLICATION_FACTOR =
      KAFKA.optional(
          "penstock.topic.replication.factor",
          ConfigType.integer(1, 100),
          "Replicas of the topics when `setup` creates them. Without it the broker's own default holds.");

  private static final Section POSTGRES =
      section(
          "PostgreSQL",
          "The source of truth about clients. Give its own address, or that of a pooler in session mode: in transaction mode statements fail, advisory locks stay behind and notifications are lost.");
  public static final ConfigKey<String> POSTGRES_URL =
      POSTGRES.required(
          "penstock.postgres.url",
          ConfigType.text(
              JDBC, "a JDBC URL jdbc:postgresql://host:port/database without user and password"),
          "The database of client metadata. TLS as the driver has it: `?sslmode=verify-full&sslrootcert=/path/ca.pem`.");
  public static final ConfigKey<String> POSTGRES_USER =
      POSTGRES.required(
          "penstock.postgres.user",
          ConfigType.text(),
          "The database user. The router needs SELECT on `clients`, `api_keys` and `targets`.");
  public static final ConfigKey<Secret> POSTGRES_PASSWORD =
      POSTGRES.optional(
          "penstock.postgres.password", ConfigType.secret(), "The database user's password.");
  public static final ConfigKey<Integer> POSTGRES_POOL_SIZE =
      POSTGRES.defaulted(
          "penstock.postgres.pool.size",
          ConfigType.integer(1, 100),
          "4",
          "Connections a process opens at most; look-ups beyond it queue.");
  public static final ConfigKey<Duration> POSTGRES_TIMEOUT =
      POSTGRES.defaulted(
          "penstock.postgres.timeout",
          ConfigType.duration(Duration.ofMillis(250), Duration.ofMinutes(1)),
          "1s",
          "How long a look-up waits for a connection, and again for its answer.");

  private static final Section REDIS =
      section(
          "Redis",
          "Carries client metadata between PostgreSQL and the routers, and the notice that a client changed.");
  public static final ConfigKey<URI> REDIS_URL =
      REDIS.required(
          "penstock.redis.url",
          ConfigType.url("redis", "rediss"),
          "The cache of client metadata: `redis://host:port` or, with TLS, `rediss://host:port`; a path such as `/2` picks a database.");
  public static final ConfigKey<String> REDIS_USER =
      REDIS.optional(
          "penstock.redis.user",
          ConfigType.text(),
          "The ACL user; without it, Redis's default user.");
  public static final ConfigKey<Secret> REDIS_PASSWORD =
      REDIS.optional("penstock.redis.password", ConfigType.secret(), "The user's password.");
  public static final ConfigKey<String> REDIS_SSL_CA_FILE =
      REDIS.optional(
          "penstock.redis.ssl.ca.file",
          ConfigType.text(),
          "Certificates (PEM) to trust for `rediss://`; without it, those the JVM trusts.");
  public static final ConfigKey<Duration> REDIS_TIMEOUT =
      REDIS.defaulted(
          "penstock.redis.timeout",
          ConfigType.duration(Duration.ofMillis(10), Duration.ofSeconds(10)),
          "300ms",
          "How long to wait for a connection and for an answer; a slower Redis is passed by.");
  public static final ConfigKey<Secret> REDIS_SIGNING_SECRET =
      REDIS.optional(
          "penstock.redis.signing.secret",
          ConfigType.secret(SECRET_MIN_CHARACTERS),
          "Signs what routers put into Redis of clients, so that whoever else can write there is not believed: the same for all routers and `./penstock doctor`. `openssl rand -hex 32` makes one. Without it no client is read from Redis, and PostgreSQL is asked instead.");
  public static final ConfigKey<Secret> REDIS_SIGNING_SECRET_PREVIOUS =
      REDIS.optional(
          "penstock.redis.signing.secret.previous",
          ConfigType.secret(SECRET_MIN_CHARACTERS),
          "Is believed besides the other while that one is exchanged: start every router with the new secret and the old one here; when all have it, take this one away.");

  private static final Section CLICKHOUSE =
      section(
          "ClickHouse",
          "Where events are stored. A client's `ch_target` names the server or cluster; these keys describe the one named `default`. Others are added to PostgreSQL by `./penstock targets add`; their passwords come from the environment, see `PENSTOCK_TARGET_*` above.");
  public static final ConfigKey<URI> CLICKHOUSE_URL =
      CLICKHOUSE.required(
          "penstock.clickhouse.url",
          ConfigType.url("http", "https"),
          "The HTTP interface of the ClickHouse target named `default`: `http://host:8123` or `https://host:8443`.");
  public static final ConfigKey<String> CLICKHOUSE_USER =
      CLICKHOUSE.defaulted(
          "penstock.clickhouse.user",
          ConfigType.text(),
          "default",
          "The user to connect as. The router needs INSERT and SELECT on clients' tables, provisioning the right to create databases, tables and views.");
  public static final ConfigKey<Secret> CLICKHOUSE_PASSWORD =
      CLICKHOUSE.optional(
          "penstock.clickhouse.password", ConfigType.secret(), "The user's password.");
  public static final ConfigKey<String> CLICKHOUSE_SSL_CA_FILE =
      CLICKHOUSE.optional(
          "penstock.clickhouse.ssl.ca.file",
          ConfigType.text(),
          "A certificate (PEM) to trust for `https://`; without it, those the JVM trusts.");
  public static final ConfigKey<String> CLICKHOUSE_CLUSTER =
      CLICKHOUSE.optional(
          "penstock.clickhouse.cluster",
          ConfigType.text(IDENTIFIER, "a cluster's name"),
          "The cluster to create databases and tables on, with replicated engines. Without it, a single server.");

  private static final Section CLIENTS =
      section("Client metadata", "What the router holds of clients, and how long it trusts it.");
  public static final ConfigKey<Integer> CLIENT_CACHE_MAX_ENTRIES =
      CLIENTS.defaulted(
          "penstock.client.cache.max.entries",
          ConfigType.integer(100, 10_000_000),
          "100000",
          "Clients held in memory, about 1 KiB each.");
  public static final ConfigKey<Duration> CLIENT_CACHE_REFRESH =
      CLIENTS.defaulted(
          "penstock.client.cache.refresh",
          ConfigType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
          "30s",
          "A client in use is looked up again in the background when what is held is older; changes made through Penstock arrive at once.");
  public static final ConfigKey<Duration> CLIENT_CACHE_MAX_STALENESS =
      CLIENTS.defaulted(
          "penstock.client.cache.max.staleness",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofDays(30)),
          "24h",
          "How long a client goes on while neither Redis nor PostgreSQL can confirm it; its events wait after that.");
  public static final ConfigKey<Integer> CLIENT_CACHE_UNKNOWN_MAX_ENTRIES =
      CLIENTS.defaulted(
          "penstock.client.cache.unknown.max.entries",
          ConfigType.integer(100, 1_000_000),
          "10000",
          "Names of unknown clients held in memory.");
  public static final ConfigKey<Duration> CLIENT_CACHE_UNKNOWN_TTL =
      CLIENTS.defaulted(
          "penstock.client.cache.unknown.ttl",
          ConfigType.duration(Duration.ofMillis(100), Duration.ofMinutes(10)),
          "10s",
          "How long a client stays unknown, in memory and in Redis, after PostgreSQL did not know it.");
  public static final ConfigKey<Duration> CLIENT_CACHE_REDIS_TTL =
      CLIENTS.defaulted(
          "penstock.client.cache.redis.ttl",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofDays(1)),
          "10m",
          "How long Redis keeps a client.");

  private static final Section ROUTER =
      section("Router", "How events are taken in, gathered and inserted.");
  public static final ConfigKey<String> ROUTER_APPLICATION_ID =
      ROUTER.defaulted(
          "penstock.router.application.id",
          ConfigType.text(TOPIC, "a consumer group's name"),
          "penstock-router",
          "The consumer group; routers with the same one share the partitions.");
  public static final ConfigKey<Integer> ROUTER_THREADS =
      ROUTER.defaulted(
          "penstock.router.threads",
          ConfigType.integer(1, 64),
          "2",
          "Stream threads of one router; while one waits for its inserts another can work.");
  public static final ConfigKey<Duration> ROUTER_FLUSH_INTERVAL =
      ROUTER.defaulted(
          "penstock.router.flush.interval",
          ConfigType.duration(Duration.ofMillis(50), Duration.ofMinutes(1)),
          "1s",
          "How long rows are gathered before they are inserted; longer makes fewer, larger inserts.");
  public static final ConfigKey<Integer> ROUTER_INSERT_RATE =
      ROUTER.defaulted(
          "penstock.router.insert.rate",
          ConfigType.integer(1, 10_000),
          "20",
          "Inserts a second that one router aims at: where more tables have rows, these are gathered for longer than the flush interval.");
  public static final ConfigKey<Duration> ROUTER_LINGER_MAX =
      ROUTER.defaulted(
          "penstock.router.linger.max",
          ConfigType.duration(Duration.ofMillis(50), Duration.ofMinutes(1)),
          "10s",
          "How long rows are gathered at most, whatever the insert rate.");
  public static final ConfigKey<DataSize> ROUTER_BUFFER_SIZE =
      ROUTER.optional(
          "penstock.router.buffer.size",
          ConfigType.dataSize(DataSize.ofMiB(1), DataSize.ofMiB(16 * 1024)),
          "Memory for rows over all threads, at most half of the heap; reaching it flushes before the time. Without it a quarter of the heap.");
  public static final ConfigKey<Integer> ROUTER_INSERT_PARALLELISM =
      ROUTER.defaulted(
          "penstock.router.insert.parallelism",
          ConfigType.integer(1, 256),
          "4",
          "Inserts at once, over all threads and targets.");
  public static final ConfigKey<Duration> ROUTER_INSERT_TIMEOUT =
      ROUTER.defaulted(
          "penstock.router.insert.timeout",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofMinutes(1)),
          "20s",
          "How long one insert may take until it is repeated with the same token.");
  public static final ConfigKey<Duration> ROUTER_ATTEMPT_TIMEOUT =
      ROUTER.defaulted(
          "penstock.router.attempt.timeout",
          ConfigType.duration(Duration.ofMillis(500), Duration.ofSeconds(90)),
          "25s",
          "How long inserts are repeated until a target that does not answer counts as down and intake pauses, or a client that alone fails is parked.");
  public static final ConfigKey<Duration> ROUTER_PARK_AFTER =
      ROUTER.defaulted(
          "penstock.router.park.after",
          ConfigType.duration(Duration.ZERO, Duration.ofDays(1)),
          "1m",
          "How long rows of a ClickHouse target that is down may hold up those of the others; then its clients' events become dead letters. While all targets are down everything waits.");
  public static final ConfigKey<Duration> ROUTER_STALLED_AFTER =
      ROUTER.optional(
          "penstock.router.stalled.after",
          ConfigType.duration(Duration.ofSeconds(2), Duration.ofDays(1)),
          "How long nothing more of a partition may become durable while its log goes on, whatever the cause, until the router is not ready. Default: 25 s more than `penstock.router.attempt.timeout` and `penstock.router.linger.max` together, which is 1m.");
  public static final ConfigKey<Integer> ROUTER_REJECT_MAX_PERCENT =
      ROUTER.defaulted(
          "penstock.router.reject.max.percent",
          ConfigType.integer(0, 100),
          "10",
          "The share of an insert's rows that ClickHouse may refuse one by one (ten always may); above it all the rows left are parked as one cause.");
  public static final ConfigKey<Oversize> ROUTER_DEAD_LETTER_OVERSIZE =
      ROUTER.defaulted(
          "penstock.router.dead.letter.oversize",
          ConfigType.oneOf(Oversize.class),
          "stop",
          "What to do with a dead letter that does not fit the topic even without the record's headers and value: `stop` the router before it, or `discard` the event, which is then lost.");
  public static final ConfigKey<Duration> ROUTER_STOP_TIMEOUT =
      ROUTER.defaulted(
          "penstock.router.stop.timeout",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "40s",
          "How long a stop may take to flush, commit and leave the group; what is not committed by then is redelivered to the next router.");
  public static final ConfigKey<DataSize> ROUTER_RECORD_MAX_SIZE =
      ROUTER.defaulted(
          "penstock.router.record.max.size",
          ConfigType.dataSize(DataSize.ofKiB(1), DataSize.ofMiB(64)),
          "1MiB",
          "The largest event; a larger record becomes a dead letter.");
  public static final ConfigKey<Instant> ROUTER_EVENT_TIME_EARLIEST =
      ROUTER.defaulted(
          "penstock.router.event.time.earliest",
          ConfigType.instant(),
          "1980-01-01T00:00:00Z",
          "Events from before are refused: their clock was zero, or they give seconds for milliseconds.");
  public static final ConfigKey<Duration> ROUTER_EVENT_TIME_MAX_AHEAD =
      ROUTER.defaulted(
          "penstock.router.event.time.max.ahead",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofDays(3650)),
          "1d",
          "How far an event's time may lie ahead of the broker's.");

  private static final Section LEDGER = section("Ledger", "What became of every offset, for SQL.");
  public static final ConfigKey<Toggle> LEDGER_KEPT =
      LEDGER.defaulted(
          "penstock.ledger",
          ConfigType.oneOf(Toggle.class),
          "on",
          "Whether routers write the ledger. While it is off, nobody can account for what they do.");
  public static final ConfigKey<String> LEDGER_DATABASE =
      LEDGER.defaulted(
          "penstock.ledger.database",
          ConfigType.text(IDENTIFIER, "a database name"),
          "penstock",
          "The database in the configured ClickHouse that the table `ledger` stands in.");

  private static final Section FRESHNESS =
      section(
          "Freshness",
          "What is promised of events' way from Kafka into ClickHouse, and the client that measures it ([canary](../operations/canary.md)).");
  public static final ConfigKey<Duration> FRESHNESS_OBJECTIVE =
      FRESHNESS.defaulted(
          "penstock.freshness.objective",
          ConfigType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
          "5s",
          "How long an event may take from the broker's append to its acknowledged insert; one that takes longer is late. Replayed events are not judged.");
  public static final ConfigKey<BigDecimal> FRESHNESS_SHARE =
      FRESHNESS.defaulted(
          "penstock.freshness.share",
          ConfigType.percentage("50%", "99.999%"),
          "99.9%",
          "The share of events that are not to be late.");
  public static final ConfigKey<Toggle> CANARY =
      FRESHNESS.defaulted(
          "penstock.canary",
          ConfigType.oneOf(Toggle.class),
          "off",
          "Whether `clients provision --watch` sends events of the client `penstock-canary`, which it creates, and looks whether they are stored.");
  public static final ConfigKey<Duration> CANARY_INTERVAL =
      FRESHNESS.defaulted(
          "penstock.canary.interval",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "10s",
          "How often it sends one event to each partition.");
  public static final ConfigKey<Duration> CANARY_MISSING_AFTER =
      FRESHNESS.defaulted(
          "penstock.canary.missing.after",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
          "1m",
          "How long such an event may be on its way until it is missing.");

  private static final Section DEAD_LETTERS = section("Dead letters", "How they are replayed.");
  public static final ConfigKey<Secret> REPLAY_SECRET =
      DEAD_LETTERS.optional(
          "penstock.replay.secret",
          ConfigType.secret(SECRET_MIN_CHARACTERS),
          "Signs replayed dead letters, so that routers can tell them from what producers claim: the same for routers and `./penstock dlq`. `openssl rand -hex 32` makes one. Without it nothing can be replayed. To change it, first let the replays under way end.");
  public static final ConfigKey<Integer> HEAL_RATE =
      DEAD_LETTERS.defaulted(
          "penstock.dlq.heal.rate",
          ConfigType.integer(1, 1_000_000),
          "1000",
          "Letters a second that one `dlq run` replays at most, so that they never push fresh events aside.");
  public static final ConfigKey<Duration> HEAL_PAUSE =
      DEAD_LETTERS.defaulted(
          "penstock.dlq.heal.pause",
          ConfigType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
          "10s",
          "How long `dlq run` leaves a client alone whose letters have failed again; it doubles each time.");
  public static final ConfigKey<Duration> HEAL_PAUSE_MAX =
      DEAD_LETTERS.defaulted(
          "penstock.dlq.heal.pause.max",
          ConfigType.duration(Duration.ofMillis(100), Duration.ofDays(1)),
          "10m",
          "The longest such pause.");
  private static final Section COMMANDS =
      section(
          "Commands",
          "How long `./penstock clients`, `keys`, `migrate`, `targets`, `offsets`, `setup` and `dlq` wait for servers. After three seconds they say what they wait for. `doctor` has an option of its own, `--timeout`.");
  public static final ConfigKey<Duration> COMMAND_TIMEOUT =
      COMMANDS.defaulted(
          "penstock.command.timeout",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "30s",
          "How long a command waits for an answer of PostgreSQL, Kafka, Redis or ClickHouse until that server counts as silent and the command ends; for a connection 10 s at most.");
  public static final ConfigKey<Duration> COMMAND_STATEMENT_TIMEOUT =
      COMMANDS.defaulted(
          "penstock.command.statement.timeout",
          ConfigType.duration(Duration.ofSeconds(1), Duration.ofDays(7)),
          "1h",
          "How long one statement of a migration, an export or a drop may take on a server that still answers others.");
  private static final Section HTTP =
      section(
          "Metrics and health",
          "Every long-running process serves `/metrics`, `/health/live` and `/health/ready`.");
  public static final ConfigKey<String> HTTP_HOST =
      HTTP.defaulted(
          "penstock.http.host",
          ConfigType.text(),
          "127.0.0.1",
          "The address on which metrics and health are served; `0.0.0.0` for all.");
  public static final ConfigKey<Integer> ROUTER_HTTP_PORT =
      HTTP.defaulted(
          "penstock.router.http.port",
          ConfigType.integer(0, 65_535),
          "8080",
          "The router's port; 0 picks a free one and logs it.");
  public static final ConfigKey<Integer> DLQ_HTTP_PORT =
      HTTP.defaulted(
          "penstock.dlq.http.port",
          ConfigType.integer(0, 65_535),
          "8081",
          "The same of `./penstock dlq run`.");
  public static final ConfigKey<Integer> PROVISION_HTTP_PORT =
      HTTP.defaulted(
          "penstock.provision.http.port",
          ConfigType.integer(0, 65_535),
          "8082",
          "The same of `./penstock clients provision --watch`.");
  public static final ConfigKey<Integer> HTTP_PORT =
      HTTP.optional(
          "penstock.http.port",
          ConfigType.integer(0, 65_535),
          "The port of whichever of these has no setting of its own above; for one process, or where each has its own address.");

  public static final ConfigKey<Integer> METRICS_CLIENTS =
      HTTP.defaulted(
          "penstock.metrics.clients",
          ConfigType.integer(0, 1_000),
          "50",
          "How many clients have metrics of a router by name, the busiest ones; all others are `other`. About 17 series each.");

  /** Every key, in the order of the documentation. */
  public static final List<Section> SECTIONS = List.copyOf(OPENED);

  private static final Set<String> NAMES = namesWithFileVariants();

  private ConfigKeys() {}

  /**
   * Keys that belong together in the documentation; what is declared with a section stands in it.
   *
   * @param introduction shown above the table
   */
  public record Section(String title, String introduction, List<ConfigKey<?>> keys) {
    /** A key without which the application does not start. */
    private <T> ConfigKey<T> required(String name, ConfigType<T> type, String description) {
      return with(new ConfigKey<>(name, type, null, true, description));
    }

    /**
     * A key that may be left out, which means something of its own; read it with {@link
     * ConfigReader#find}.
     */
    private <T> ConfigKey<T> optional(String name, ConfigType<T> type, String description) {
      return with(new ConfigKey<>(name, type, null, false, description));
    }

    /** A key with a default, in its written form so that the documentation shows exactly it. */
    private <T> ConfigKey<T> defaulted(
        String name, ConfigType<T> type, String written, String description) {
      return with(new ConfigKey<>(name, type, type.parser().apply(written), false, description));
    }

    private <T> ConfigKey<T> with(ConfigKey<T> key) {
      keys.add(key);
      return key;
    }
  }

  private static Section section(String title, String introduction) {
    Section section = new Section(title, introduction, new ArrayList<>());
    OPENED.add(section);
    return section;
  }

  /** Whether some application reads a setting of this name. */
  static boolean isKnown(String name) {
    return NAMES.contains(name)
        || (name.startsWith(KAFKA_PROPERTY_PREFIX)
            && name.length() > KAFKA_PROPERTY_PREFIX.length());
  }

  /** Every name that can be set, file variants of secrets included. */
  static Set<String> names() {
    return NAMES;
  }

  private static Set<String> namesWithFileVariants() {
    Set<String> names = new TreeSet<>();
    for (Section section : SECTIONS) {
      for (ConfigKey<?> key : section.keys()) {
        if (!names.add(key.name())) {
          throw new IllegalStateException("declared twice: " + key.name());
        }
        if (key.secret()) {
          names.add(key.name() + ".file");
        }
      }
    }
    return Set.copyOf(names);
  }

  private static Map<String, String> ordered(String... namesAndMeanings) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndMeanings.length; i += 2) {
      map.put(namesAndMeanings[i], namesAndMeanings[i + 1]);
    }
    return java.util.Collections.unmodifiableMap(map);
  }
}
