package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Commands;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.topic.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.kafka.common.config.TopicConfig;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock setup}. */
@Command(
    name = "setup",
    mixinStandardHelpOptions = true,
    description = {
      "Creates the Kafka topics and the ledger's table, and brings the metadata schema up to date. Safe to repeat.",
      "With --fix it also mends settings of topics that are there; without --confirm it then only shows what it would do."
    })
@Shows(SetupCommand.Prepared.class)
public final class SetupCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();

  @Option(
      names = "--fix",
      description = "Show what is missing, and which settings of topics are not as they should be.")
  private boolean fix;

  @Option(names = "--confirm", description = "With --fix: do it.")
  private boolean confirm;

  private record Config(
      KafkaConfig kafka,
      PostgresConfig postgres,
      @Nullable ClickHouseConfig clickHouse,
      String ledgerDatabase,
      boolean redisSigned) {
    static Config from(ConfigReader reader) {
      KafkaConfig kafka = KafkaConfig.from(reader);
      return new Config(
          kafka,
          PostgresConfig.from(reader),
          kafka.ledgerTopic() == null ? null : ClickHouseConfig.from(reader),
          reader.get(ConfigKeys.LEDGER_DATABASE),
          reader.find(ConfigKeys.REDIS_SIGNING_SECRET) != null);
    }
  }

  /**
   * What is there now.
   *
   * @param topics of events, of dead letters and of the ledger
   * @param dryRun with {@code --fix}: whether nothing was changed
   * @param schemaVersion the newest migration of the metadata that is applied; "": none
   * @param migrationsToApply in a forecast
   * @param migrationsApplied by this run
   * @param ledger the ledger's table; absent where none is kept
   * @param redisSigned whether {@code penstock.redis.signing.secret} is set
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Prepared(
      List<Topic> topics,
      @Nullable Boolean dryRun,
      String schemaVersion,
      @Nullable Integer migrationsToApply,
      @Nullable Integer migrationsApplied,
      @Nullable Ledger ledger,
      boolean redisSigned) {}

  /**
   * The ledger's table.
   *
   * @param table its name, with its database
   * @param state whether it was there
   */
  record Ledger(String table, Topics.State state) {}

  /**
   * One topic.
   *
   * @param topic its name
   * @param state whether it was there
   * @param differences what a present topic has otherwise than it should, a sentence each
   * @param changes with {@code --fix}: settings that were, or would be, changed
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Topic(
      String topic,
      Topics.State state,
      List<String> differences,
      @Nullable List<Topics.Change> changes) {}

  @Override
  public Integer call() {
    if (confirm && !fix) {
      throw CommandFailure.usage("--confirm is for --fix; setup without it changes no topic");
    }
    Path home = Home.find();
    Config config = Commands.config(Config::from).config();
    List<Topics.Report> topics;
    Setup.Schema schema;
    @Nullable Ledger ledger;
    try {
      topics = Setup.topics(config.kafka, this::topics);
      schema =
          dryRun()
              ? Setup.checkMetadata(config.postgres, home)
              : Setup.migrateMetadata(config.postgres, home);
      ledger = ledger(config, home);
    } catch (Topics.TopicsException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    } catch (FlywayException e) {
      throw CommandFailure.failed(
          "The topics are there, but the metadata schema is not up to date: " + e.getMessage(), e);
    } catch (SQLException | IOException e) {
      throw CommandFailure.failed(
          "Topics and metadata schema are there, but the ledger's table is not up to date: "
              + StepFailed.firstLine(e),
          e);
    }
    return show(topics, schema, ledger, config.redisSigned);
  }

  private @Nullable Ledger ledger(Config config, Path home) throws SQLException, IOException {
    if (config.clickHouse == null) {
      return null;
    }
    String owner = dryRun() ? null : Setup.ownerOf(config.postgres, config.ledgerDatabase);
    if (owner != null) {
      throw CommandFailure.failed(
          "Topics and metadata schema are there; the ledger's table was not made: %s is %s, the database of client %s"
              .formatted(ConfigKeys.LEDGER_DATABASE.name(), config.ledgerDatabase, owner),
          null);
    }
    ClickHouseServer server = new ClickHouseServer(config.clickHouse);
    return new Ledger(
        config.ledgerDatabase + ".ledger",
        dryRun()
            ? Setup.checkLedger(server, config.ledgerDatabase)
            : Setup.createLedger(server, config.ledgerDatabase, home));
  }

  private boolean dryRun() {
    return fix && !confirm;
  }

  private List<Topics.Report> topics(Topics topics) {
    if (!fix) {
      return topics.create();
    }
    return confirm ? topics.fix() : topics.check();
  }

  int show(
      List<Topics.Report> topics,
      Setup.Schema schema,
      @Nullable Ledger ledger,
      boolean redisSigned) {
    List<Topic> shown =
        topics.stream()
            .map(topic ->
                new Topic(
                    topic.topic(),
                    topic.state(),
                    topic.differences(),
                    fix ? topic.changes() : null))
            .toList();
    Prepared view =
        new Prepared(
            shown,
            fix ? dryRun() : null,
            schema.version(),
            dryRun() ? schema.migrations() : null,
            dryRun() ? null : schema.migrations(),
            ledger,
            redisSigned);
    return output.show(view, out -> print(out, topics, schema, ledger, redisSigned));
  }

  private void print(
      PrintWriter out,
      List<Topics.Report> topics,
      Setup.Schema schema,
      @Nullable Ledger ledger,
      boolean redisSigned) {
    for (Topics.Report topic : topics) {
      out.println("topic " + topic.topic() + ": " + text(topic.state()));
      if (fix) {
        topic.changes().forEach(change -> print(out, change));
      } else {
        topic.differences().forEach(difference -> out.println("  note: " + difference));
        if (!topic.changes().isEmpty()) {
          out.println("  -> ./penstock setup --fix");
        }
      }
    }
    out.println(
        "metadata schema: version %s, migrations %s: %d"
            .formatted(
                schema.version(), dryRun() ? "to apply" : "applied now", schema.migrations()));
    if (ledger != null) {
      out.println("ledger " + ledger.table + ": " + text(ledger.state));
    }
    if (!redisSigned) {
      out.println(
          "note: %s is not set: routers will read no client from Redis, and ask PostgreSQL instead; openssl rand -hex 32 makes one"
              .formatted(ConfigKeys.REDIS_SIGNING_SECRET.name()));
    }
    if (dryRun()) {
      out.println("Nothing was changed: --confirm does it.");
    }
  }

  private void print(PrintWriter out, Topics.Change change) {
    out.println((confirm ? "  changed " : "  would change ") + change);
    if (change.setting().equals(TopicConfig.CLEANUP_POLICY_CONFIG)) {
      out.println(
          change.to().equals(TopicConfig.CLEANUP_POLICY_COMPACT)
              ? "    records without a key then go; no letter of Penstock's is one"
              : "    what is older than the topic's retention then goes");
    }
  }

  private static String text(Topics.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
