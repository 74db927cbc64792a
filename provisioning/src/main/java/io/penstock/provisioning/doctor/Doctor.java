package io.penstock.provisioning.doctor;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.DataSize;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.metadata.ClientsTable.WithKeys;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.observe.Version;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.doctor.Answer.Answered;
import io.penstock.provisioning.doctor.Answer.Silent;
import io.penstock.provisioning.doctor.PostgresFacts.Metadata;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.Migrations;
import io.penstock.provisioning.target.ClickHouseServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Examines an installation. The parts are asked at the same time, each for a limited time, and one
 * that does not answer is one finding. Changes nothing, except that it writes and deletes a key of
 * its own in Redis. Thread-safe.
 */
public final class Doctor {
  /** The names of parts; ClickHouse's is followed by the target's. */
  public static final List<String> PARTS =
      List.of("penstock", "kafka", "postgres", "redis", "clickhouse", "clients");

  private final Config config;
  private final long settings;
  private final Duration patience;

  /**
   * What to examine.
   *
   * @param clickHouse the target named {@value ClickHouseConfig#TARGET}
   * @param ledgerDatabase where that target has the ledger's table; null: no ledger is kept
   * @param groupId the routers' consumer group
   * @param recordMaxSize the largest event that routers take
   * @param replaySecret signs replays; null: it is not set, and nothing can be replayed
   * @param home the root folder
   */
  public record Config(
      KafkaConfig kafka,
      PostgresConfig postgres,
      RedisConfig redis,
      ClickHouseConfig clickHouse,
      @Nullable String ledgerDatabase,
      String groupId,
      DataSize recordMaxSize,
      @Nullable Secret replaySecret,
      Path home) {}

  /**
   * @param settings how many settings are in force that are not defaults
   * @param patience how long each part may take to answer
   */
  public Doctor(Config config, long settings, Duration patience) {
    this.config = config;
    this.settings = settings;
    this.patience = patience;
  }

  /**
   * Asks and judges; takes no longer than about twice the patience.
   *
   * @param only the parts to judge, of {@link #PARTS}; what must be asked for them too appears if
   *     it does not answer
   * @return in the order of {@link #PARTS}
   */
  public List<PartReport> examine(Set<String> only) {
    boolean clients = only.contains("clients");
    boolean clickHouse = clients || only.contains("clickhouse");
    Question<KafkaFacts> kafka = only.contains("kafka") ? ask(this::lookAtKafka) : null;
    Question<PostgresFacts> postgres =
        clickHouse || only.contains("postgres")
            ? ask(() -> new PostgresLook(config.postgres, config.home, patience).look())
            : null;
    Question<RedisLook.Facts> redis =
        clients || only.contains("redis") ? ask(this::lookAtRedis) : null;
    Map<String, Question<ClickHouseFacts>> targets = new TreeMap<>();
    if (clickHouse) {
      targets.put(ClickHouseConfig.TARGET, ask(new ClickHouseServer(config.clickHouse)));
    }
    List<PartReport> reports = new ArrayList<>();
    if (only.contains("penstock")) {
      reports.add(penstock());
    }
    Metadata metadata = postgres == null ? null : metadata(postgres.answer());
    TargetTable known =
        new TargetTable(
            config.clickHouse,
            metadata == null ? List.<TargetTable.Entry>of() : metadata.targets());
    if (clickHouse) {
      known
          .usable()
          .forEach(
              (name, its) -> targets.computeIfAbsent(name, _ -> ask(new ClickHouseServer(its))));
    }
    Question<RedisLook.Comparison> comparison =
        clients && metadata != null && redis != null && redis.answer() instanceof Answered<?>
            ? ask(() -> compare(metadata))
            : null;
    add(reports, only, "kafka", config.kafka.bootstrapServers(), kafka, this::judge);
    add(reports, only, "postgres", config.postgres.url(), postgres, PostgresChecks::judge);
    add(
        reports,
        only,
        "redis",
        config.redis.url(),
        redis,
        facts -> RedisChecks.judge(facts, config.redis));
    known
        .usable()
        .forEach((name, its) ->
            add(
                reports,
                only,
                "clickhouse " + name,
                its.url(),
                targets.get(name),
                facts ->
                    ClickHouseChecks.judge(
                        facts,
                        name.equals(ClickHouseConfig.TARGET) ? config.ledgerDatabase : null)));
    if (clickHouse) {
      known.problems().forEach((name, problem) -> reports.add(unusable(name, problem)));
    }
    if (clients) {
      reports.add(clients(metadata, targets, known, comparison));
    }
    return reports;
  }

  private <T> void add(
      List<PartReport> reports,
      Set<String> only,
      String part,
      Object address,
      @Nullable Question<T> question,
      Function<T, List<Finding>> judge) {
    if (question == null) {
      return;
    }
    boolean wanted = only.contains(part.split(" ", 2)[0]);
    switch (question.answer()) {
      case Answered<T>(T facts, long tookMillis) -> {
        if (wanted) {
          reports.add(new PartReport(part, tookMillis, judge.apply(facts)));
        }
      }
      case Silent<T>(String why, long tookMillis) -> {
        Finding finding =
            Finding.error(
                "%s: %s".formatted(address, why), "start it, or correct its penstock.* settings");
        reports.add(new PartReport(part, tookMillis, List.of(finding)));
      }
    }
  }

  private <T> Question<T> ask(Callable<T> look) {
    return Question.ask(look, patience);
  }

  private Question<ClickHouseFacts> ask(ClickHouseServer server) {
    return ask(() -> new ClickHouseLook(server).look());
  }

  private KafkaFacts lookAtKafka() throws Exception {
    return new KafkaLook(
            config.kafka,
            config.groupId,
            config.replaySecret,
            patience.multipliedBy(3).dividedBy(5))
        .look();
  }

  private List<Finding> judge(KafkaFacts facts) {
    return new KafkaChecks(config.kafka, config.groupId, config.recordMaxSize).judge(facts);
  }

  private RedisLook.Facts lookAtRedis() {
    // It may connect while it is made.
    try (CommandRun.Wait _ = CommandRun.current().waitFor("Redis at " + config.redis.url());
        RedisLook probe = new RedisLook(config.redis, patience)) {
      return probe.look();
    }
  }

  /**
   * Compares Redis with PostgreSQL, which is asked once more: a client that changed between the two
   * looks would seem to disagree.
   */
  private RedisLook.Comparison compare(Metadata first) throws Exception {
    try (RedisLook probe = new RedisLook(config.redis, patience)) {
      RedisLook.Comparison suspects =
          probe.compare(first.clients().stream().map(WithKeys::metadata).toList());
      if (suspects.stale().isEmpty()) {
        return suspects;
      }
      Metadata again = new PostgresLook(config.postgres, config.home, patience).look().metadata();
      List<ClientMetadata> those =
          again == null
              ? List.of()
              : again.clients().stream()
                  .map(WithKeys::metadata)
                  .filter(client -> suspects.stale().contains(client.clientId()))
                  .toList();
      return new RedisLook.Comparison(probe.compare(those).stale(), suspects.foreign());
    }
  }

  private static @Nullable Metadata metadata(Answer<PostgresFacts> answer) {
    return answer instanceof Answered<PostgresFacts>(PostgresFacts facts, long _)
        ? facts.metadata()
        : null;
  }

  private PartReport penstock() {
    Findings findings = new Findings();
    findings.add(Finding.ok(Version.CURRENT));
    findings.add(Finding.ok("Java " + Runtime.version()));
    findings.add(Finding.ok("%d settings, no problem in them".formatted(settings)));
    findings.warning(
        config.replaySecret == null,
        "%s is not set: dead letters cannot be replayed".formatted(ConfigKeys.REPLAY_SECRET.name()),
        "openssl rand -hex 32, the same for routers and ./penstock dlq");
    return new PartReport("penstock", 0, findings.all());
  }

  private static PartReport unusable(String name, String problem) {
    return new PartReport(
        "clickhouse " + name,
        0,
        List.of(
            Finding.error(
                "it cannot be used from here: " + problem, "./penstock targets check " + name)));
  }

  private PartReport clients(
      @Nullable Metadata metadata,
      Map<String, Question<ClickHouseFacts>> targets,
      TargetTable known,
      @Nullable Question<RedisLook.Comparison> comparison) {
    if (metadata == null) {
      return new PartReport(
          "clients",
          0,
          List.of(Finding.note("not examined: PostgreSQL does not tell of them", "")));
    }
    long begin = System.nanoTime();
    Map<String, ClickHouseFacts> answered = new TreeMap<>();
    targets.forEach((name, target) -> {
      if (target.answer() instanceof Answered<ClickHouseFacts>(ClickHouseFacts facts, long _)) {
        answered.put(name, facts);
      }
    });
    Findings findings = new Findings();
    Path folder = Migration.folder(config.home);
    try {
      Migrations migrations = Migrations.load(folder);
      ClientsView view =
          new ClientsView(
              metadata,
              answered,
              known.names(),
              comparison != null
                      && comparison.answer()
                          instanceof
                          Answered<RedisLook.Comparison>(RedisLook.Comparison redis, long _)
                  ? redis
                  : null,
              config.ledgerDatabase,
              migrations.common(),
              migrations.byClient());
      ClientChecks.judge(view).forEach(findings::add);
    } catch (IOException | Migration.MigrationException e) {
      findings.add(
          Finding.error(
              "the migrations cannot be used: " + e.getMessage(),
              "correct the files below " + folder));
    }
    List<String> silent =
        targets.keySet().stream().filter(name -> !answered.containsKey(name)).toList();
    findings.about(Finding.note("not compared with targets that do not answer", ""), silent);
    return new PartReport("clients", (System.nanoTime() - begin) / 1_000_000, findings.all());
  }
}
