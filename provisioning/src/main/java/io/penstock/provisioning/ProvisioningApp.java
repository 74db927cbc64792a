package io.penstock.provisioning;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.directory.PostgresAnnouncement;
import io.penstock.core.directory.RedisClientCache;
import io.penstock.core.metadata.AuditLog;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.metrics.Meters;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.account.Account;
import io.penstock.provisioning.account.KnownClient;
import io.penstock.provisioning.canary.Canary;
import io.penstock.provisioning.canary.CanaryClient;
import io.penstock.provisioning.canary.CanaryConfig;
import io.penstock.provisioning.client.Announcer;
import io.penstock.provisioning.client.ClientLifecycle;
import io.penstock.provisioning.client.ClientRegistry;
import io.penstock.provisioning.client.Deprovisioner;
import io.penstock.provisioning.client.KeyRing;
import io.penstock.provisioning.client.PendingWatch;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.client.Provisioner;
import io.penstock.provisioning.client.Readers;
import io.penstock.provisioning.client.RoutersConfig;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.Job;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.Jobs;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.Migrations;
import io.penstock.provisioning.schema.Migrator;
import io.penstock.provisioning.schema.SchemaRepair;
import io.penstock.provisioning.schema.SchemaVerifier;
import io.penstock.provisioning.state.StateWatch;
import io.penstock.provisioning.target.ClickHouseTargets;
import io.penstock.provisioning.target.TargetRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Assembles the operators' jobs; commands and other programs get them here. Thread-safe. */
public final class ProvisioningApp implements AutoCloseable {
  private final ClickHouseConfig clickHouse;
  private final String ledgerDatabase;
  private final HikariDataSource metadata;
  private final RedisClientCache cache;
  private final RoutersConfig routers;
  private final Announcer announcer;
  private final SecureRandom random = new SecureRandom();
  private final JobTools tools;

  /**
   * The servers that the jobs reach.
   *
   * @param clickHouse the target named {@value ClickHouseConfig#TARGET}
   * @param ledgerDatabase which no client of that target may have
   */
  public record Config(
      PostgresConfig postgres,
      RedisConfig redis,
      ClickHouseConfig clickHouse,
      String ledgerDatabase,
      RoutersConfig routers) {
    /** Reads the keys. */
    public static Config from(ConfigReader reader) {
      return new Config(
          PostgresConfig.from(reader),
          RedisConfig.from(reader),
          ClickHouseConfig.from(reader),
          reader.get(ConfigKeys.LEDGER_DATABASE),
          RoutersConfig.from(reader));
    }
  }

  /**
   * Connects when first used.
   *
   * @param actor stands in the audit log for whoever runs the jobs, and, for others who wait, in
   *     PostgreSQL's {@code pg_stat_activity}
   */
  public ProvisioningApp(Config config, String actor) {
    this(config, actor, Effects.NONE);
  }

  /**
   * The same with a listener.
   *
   * @param effects told before each effect of every job
   */
  public ProvisioningApp(Config config, String actor, Effects effects) {
    this.clickHouse = config.clickHouse;
    this.ledgerDatabase = config.ledgerDatabase;
    this.metadata = PostgresConnections.ofCommand(config.postgres, "penstock " + actor);
    this.cache = new RedisClientCache(config.redis);
    this.routers = config.routers;
    this.announcer =
        new Announcer(
            cache,
            new PostgresAnnouncement(config.postgres, CommandRun.current().patience().connect()),
            routers,
            Clock.systemUTC());
    this.tools = new JobTools(metadata, new Jobs(actor), new AuditLog(actor), effects);
  }

  /** Creates and shows clients. */
  public ClientRegistry registry() {
    return new ClientRegistry(tools, announcer, random);
  }

  /**
   * Makes pending clients active on their targets.
   *
   * @param migrations see {@link Migration#folder}
   * @throws IOException if the migrations cannot be read
   * @throws Migration.MigrationException if they are not what they should be
   * @throws SQLException if PostgreSQL cannot be asked for the targets
   */
  public Provisioner provisioner(Path migrations) throws IOException, SQLException {
    Migrator migrator = new Migrator(Migrations.load(migrations), tools.effects());
    return new Provisioner(tools, targets(), migrator, announcer, ledgerDatabase);
  }

  /**
   * Provisions clients as they become pending.
   *
   * @param progress told of each outcome
   * @param trouble told in a sentence when PostgreSQL cannot be asked
   */
  public PendingWatch pendingWatch(
      Provisioner provisioner, Consumer<ProvisionOutcome> progress, Consumer<String> trouble) {
    return new PendingWatch(metadata, provisioner, progress, trouble);
  }

  /**
   * Begins to send events of the client {@value CanaryClient#ID}, and to look for them.
   *
   * @param lines takes what operators should know
   */
  public Canary canary(CanaryConfig config, Meters meters, Consumer<String> lines) {
    Map<String, String> environment = CommandRun.current().environment();
    CanaryClient client =
        new CanaryClient(
            tools,
            registry(),
            keys(),
            connection -> TargetTable.read(connection, clickHouse, environment),
            Clock.systemUTC());
    return new Canary(config, client, routers.kafka(), meters, lines, Clock.systemUTC());
  }

  /** Begins to tell the system's state as metrics. */
  public StateWatch stateWatch(Meters meters) {
    Account account =
        routers.kafka().ledgerTopic() == null
            ? null
            : Account.of(routers.kafka(), routers.group(), clickHouse, ledgerDatabase);
    return new StateWatch(metadata, this::targets, account, meters, Clock.systemUTC());
  }

  /**
   * Suspends, resumes and changes clients.
   *
   * @throws SQLException if PostgreSQL cannot be asked for the targets
   */
  public ClientLifecycle lifecycle() throws SQLException {
    return new ClientLifecycle(tools, targets(), announcer);
  }

  /** API keys. */
  public KeyRing keys() {
    return new KeyRing(tools, announcer, random);
  }

  /**
   * The ClickHouse users of clients' analysts.
   *
   * @throws SQLException if PostgreSQL cannot be asked for the targets
   */
  public Readers readers() throws SQLException {
    return new Readers(tools, targets(), random);
  }

  /**
   * Ends clients.
   *
   * @throws SQLException if PostgreSQL cannot be asked for the targets
   */
  public Deprovisioner deprovisioner() throws SQLException {
    return new Deprovisioner(tools, targets(), routers, announcer);
  }

  /**
   * The ClickHouse targets as they are now.
   *
   * @throws SQLException if PostgreSQL cannot be asked
   */
  public ClickHouseTargets targets() throws SQLException {
    try (Connection connection = metadata.getConnection()) {
      return new ClickHouseTargets(
          TargetTable.read(connection, clickHouse, CommandRun.current().environment()));
    }
  }

  /**
   * All clients that there are and were, by id, with what the audit log says of their data.
   *
   * @throws SQLException if PostgreSQL cannot be asked
   */
  public List<KnownClient> clients() throws SQLException {
    try (Connection connection = metadata.getConnection()) {
      return KnownClient.read(connection, Instant.now());
    }
  }

  /** Adds, changes and removes ClickHouse targets. */
  public TargetRegistry targetRegistry() {
    return new TargetRegistry(tools, clickHouse);
  }

  /**
   * Jobs on clients, newest first.
   *
   * @param clientId null: of all clients
   * @param ended whether also those that have ended
   * @param limit the newest so many
   * @throws SQLException if PostgreSQL cannot be asked
   */
  public List<Job.Seen> jobs(@Nullable String clientId, boolean ended, int limit)
      throws SQLException {
    try (Connection connection = metadata.getConnection()) {
      return Jobs.list(connection, clientId, ended, limit);
    }
  }

  /** What every job works with; PostgreSQL is not to be closed by the caller. */
  public JobTools tools() {
    return tools;
  }

  /** Measures the connections to PostgreSQL, for a process that stays. */
  public void measuredBy(Meters meters) {
    meters.measure(metadata);
  }

  /** How many clients can be in work at once: each has a connection to PostgreSQL. */
  public int connections() {
    return metadata.getMaximumPoolSize();
  }

  /**
   * Brings clients that have a database up to date.
   *
   * @param migrations see {@link Migration#folder}
   * @throws IOException if the migrations cannot be read
   * @throws Migration.MigrationException if they are not what they should be
   * @throws SQLException if PostgreSQL cannot be asked for the targets
   */
  public MigrationRun migrationRun(Path migrations) throws IOException, SQLException {
    return new MigrationRun(tools, targets(), Migrations.load(migrations));
  }

  /**
   * Compares databases with what the migrations say.
   *
   * @throws IOException if the migrations cannot be read
   * @throws SQLException if PostgreSQL cannot be asked for the targets
   */
  public SchemaVerifier schemaVerifier(Path migrations) throws IOException, SQLException {
    return new SchemaVerifier(metadata, targets(), Migrations.load(migrations));
  }

  /**
   * Makes what databases lack of their migrations.
   *
   * @throws IOException if the migrations cannot be read
   * @throws SQLException if PostgreSQL cannot be asked for the targets
   */
  public SchemaRepair schemaRepair(Path migrations) throws IOException, SQLException {
    ClickHouseTargets known = targets();
    SchemaVerifier verifier = new SchemaVerifier(metadata, known, Migrations.load(migrations));
    return new SchemaRepair(tools, known, verifier);
  }

  @Override
  public void close() {
    try (metadata;
        announcer) {
      cache.close();
    }
  }
}
