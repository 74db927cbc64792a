package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.kafka.Topics;
import io.penstock.provisioning.Setup;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.flywaydb.core.api.FlywayException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./penstock setup}. */
@Command(
    name = "setup",
    mixinStandardHelpOptions = true,
    description =
        "Creates the two Kafka topics and brings the metadata schema up to date. Safe to repeat.")
public final class SetupCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private OutputOption output = new OutputOption();

  private record Config(KafkaConfig kafka, PostgresConfig postgres, boolean redisSigned) {}

  @Override
  public Integer call() {
    Path home = Home.find();
    Config config =
        ConfigReader.load(
                ConfigSource.fromEnvironment(System.getenv()),
                reader ->
                    new Config(
                        KafkaConfig.from(reader),
                        PostgresConfig.from(reader),
                        reader.find(ConfigKeys.REDIS_SIGNING_SECRET) != null))
            .config();
    List<Topics.Report> topics;
    Setup.Schema schema;
    try {
      topics = Setup.createTopics(config.kafka);
      schema = Setup.migrateMetadata(config.postgres, home);
    } catch (Topics.TopicsException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    } catch (FlywayException e) {
      throw CommandFailure.failed("The metadata schema is not up to date: " + e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(Json.object(json -> write(json, topics, schema, config.redisSigned)));
    } else {
      for (Topics.Report topic : topics) {
        out.println("topic " + topic.topic() + ": " + text(topic.state()));
        topic.differences().forEach(difference -> out.println("  note: " + difference));
      }
      out.println(
          "metadata schema: version "
              + schema.version()
              + ", migrations applied now: "
              + schema.applied());
      if (!config.redisSigned) {
        out.println(
            "note: %s is not set: routers will read no client from Redis, and ask PostgreSQL instead; openssl rand -hex 32 makes one"
                .formatted(ConfigKeys.REDIS_SIGNING_SECRET.name()));
      }
    }
    out.flush();
    return ExitCode.DONE;
  }

  private static void write(
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
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeStringField("schemaVersion", schema.version());
    json.writeNumberField("migrationsApplied", schema.applied());
    json.writeBooleanField("redisSigned", redisSigned);
  }

  private static String text(Topics.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
