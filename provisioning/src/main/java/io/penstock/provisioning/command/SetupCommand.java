package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Commands;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.topic.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.kafka.common.config.TopicConfig;
import org.flywaydb.core.api.FlywayException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock setup}. */
@Command(
    name = "setup",
    mixinStandardHelpOptions = true,
    description = {
      "Creates the two Kafka topics and brings the metadata schema up to date. Safe to repeat.",
      "With --fix it also mends settings of topics that are there; without --confirm it then only shows what it would do."
    })
public final class SetupCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--fix",
      description = "Show what is missing, and which settings of topics are not as they should be.")
  private boolean fix;

  @Option(names = "--confirm", description = "With --fix: do it.")
  private boolean confirm;

  private record Config(KafkaConfig kafka, PostgresConfig postgres, boolean redisSigned) {}

  @Override
  public Integer call() {
    if (confirm && !fix) {
      throw CommandFailure.usage("--confirm is for --fix; setup without it changes no topic");
    }
    Path home = Home.find();
    Config config =
        Commands.config(reader ->
                new Config(
                    KafkaConfig.from(reader),
                    PostgresConfig.from(reader),
                    reader.find(ConfigKeys.REDIS_SIGNING_SECRET) != null))
            .config();
    List<Topics.Report> topics;
    Setup.Schema schema;
    try {
      topics = topics(config.kafka);
      schema =
          dryRun()
              ? Setup.checkMetadata(config.postgres, home)
              : Setup.migrateMetadata(config.postgres, home);
    } catch (Topics.TopicsException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    } catch (FlywayException e) {
      throw CommandFailure.failed(
          "The topics are there, but the metadata schema is not up to date: " + e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(Json.object(json -> write(json, topics, schema, config.redisSigned)));
    } else {
      print(out, topics, schema, config.redisSigned);
    }
    out.flush();
    return ExitCode.DONE;
  }

  private boolean dryRun() {
    return fix && !confirm;
  }

  private List<Topics.Report> topics(KafkaConfig kafka) {
    if (!fix) {
      return Setup.createTopics(kafka);
    }
    return confirm ? Setup.fixTopics(kafka) : Setup.checkTopics(kafka);
  }

  void print(
      PrintWriter out, List<Topics.Report> topics, Setup.Schema schema, boolean redisSigned) {
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

  void write(
      JsonGenerator json, List<Topics.Report> topics, Setup.Schema schema, boolean redisSigned)
      throws IOException {
    json.writeArrayFieldStart("topics");
    for (Topics.Report topic : topics) {
      json.writeStartObject();
      json.writeStringField("topic", topic.topic());
      json.writeStringField("state", text(topic.state()));
      json.writeArrayFieldStart("differences");
      for (String difference : topic.differences()) {
        json.writeString(difference);
      }
      json.writeEndArray();
      if (fix) {
        writeChanges(json, topic.changes());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    if (fix) {
      json.writeBooleanField("dryRun", !confirm);
    }
    json.writeStringField("schemaVersion", schema.version());
    json.writeNumberField(
        dryRun() ? "migrationsToApply" : "migrationsApplied", schema.migrations());
    json.writeBooleanField("redisSigned", redisSigned);
  }

  private static void writeChanges(JsonGenerator json, List<Topics.Change> changes)
      throws IOException {
    json.writeArrayFieldStart("changes");
    for (Topics.Change change : changes) {
      json.writeStartObject();
      json.writeStringField("setting", change.setting());
      json.writeStringField("from", change.from());
      json.writeStringField("to", change.to());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static String text(Topics.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
