package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.offset.Place;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock offsets ...}. */
@Command(
    name = "offsets",
    mixinStandardHelpOptions = true,
    description = "Where the routers are in the events topic, partition by partition.",
    subcommands = {OffsetsCommand.Show.class, OffsetsCommand.Move.class})
public final class OffsetsCommand {
  private static Offsets offsets(ConfigReader reader) {
    return new Offsets(KafkaConfig.from(reader), reader.get(ConfigKeys.ROUTER_APPLICATION_ID));
  }

  /** {@code ./penstock offsets show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "What each partition has, and up to where its events are stored or refused.")
  static final class Show implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private JobOptions job = new JobOptions();
    @Mixin private OutputOption output = new OutputOption();

    @Override
    public Integer call() {
      return job.run(
          OffsetsCommand::offsets,
          (app, offsets) -> {
            List<PartitionOffset> all = offsets.read();
            PrintWriter out = spec.commandLine().getOut();
            if (output.json()) {
              out.println(
                  Json.object(json -> {
                    json.writeArrayFieldStart("partitions");
                    for (PartitionOffset one : all) {
                      json.writeStartObject();
                      write(json, one);
                      json.writeEndObject();
                    }
                    json.writeEndArray();
                  }));
              out.flush();
              return ExitCode.DONE;
            }
            Table table =
                new Table(
                    "partition", "begin", "end", "committed", "lag", "of it readable", "note");
            for (PartitionOffset one : all) {
              String committed =
                  one.committed() == null ? "" : Long.toString(one.committed().offset());
              table.row(
                  one.partition(),
                  one.begin(),
                  one.end(),
                  committed,
                  one.lag(),
                  one.readableLag(),
                  one.note());
            }
            table.print(out, output.columns());
            return ExitCode.DONE;
          });
    }
  }

  /** {@code ./penstock offsets move}. */
  @Command(
      name = "move",
      mixinStandardHelpOptions = true,
      description = {
        "Has the routers read a partition from elsewhere. They must not run meanwhile.",
        "Without --confirm it only shows what that would do."
      })
  static final class Move implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private JobOptions job = new JobOptions();
    @Mixin private OutputOption output = new OutputOption();

    @Option(names = "--partition", paramLabel = "N", required = true, description = "Which.")
    private int partition;

    @Option(
        names = "--to",
        paramLabel = "beginning|end|OFFSET",
        required = true,
        description =
            "beginning: nothing that Kafka has is missed, and what is stored already is stored again, which the view \"events\" hides; end: what is unread now is never stored.")
    private String to = "";

    @Option(names = "--confirm", description = "Do it.")
    private boolean confirm;

    @Override
    public Integer call() {
      Place place = Place.parse(to);
      if (place == null) {
        throw CommandFailure.usage(
            "--to takes \"beginning\", \"end\" or an offset, not \"" + to + "\".");
      }
      return job.run(
          OffsetsCommand::offsets,
          (app, offsets) -> {
            Offsets.Move move;
            if (confirm) {
              move = offsets.move(partition, place);
              note(app, sentence(move));
            } else {
              move = offsets.preview(partition, place);
            }
            print(move);
            return ExitCode.DONE;
          });
    }

    private static void note(ProvisioningApp app, String sentence) throws StepFailed {
      try {
        app.note("offsets.moved", sentence);
      } catch (SQLException e) {
        throw StepFailed.partly(
            "moved (%s), but the audit log in PostgreSQL does not say so: %s"
                .formatted(sentence, StepFailed.firstLine(e)));
      }
    }

    private static String sentence(Offsets.Move move) {
      return "partition %d: from %d to %d; %,d offsets are read again, %,d are passed over"
          .formatted(
              move.from().partition(),
              move.from().committed() == null ? -1 : move.from().committed().offset(),
              move.to(),
              move.readAgain(),
              move.passedOver());
    }

    void print(Offsets.Move move) {
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(
            Json.object(json -> {
              write(json, move.from());
              json.writeNumberField("to", move.to());
              json.writeNumberField("readAgain", move.readAgain());
              json.writeNumberField("passedOver", move.passedOver());
              json.writeBooleanField("moved", confirm);
            }));
      } else {
        out.println(sentence(move) + ".");
        out.println(
            confirm
                ? "Moved. Start the routers again."
                : "Nothing was changed: --confirm does it, while no router runs.");
      }
      out.flush();
    }
  }

  static void write(JsonGenerator json, PartitionOffset one) throws IOException {
    json.writeNumberField("partition", one.partition());
    json.writeNumberField("begin", one.begin());
    json.writeNumberField("end", one.end());
    if (one.committed() == null) {
      json.writeNullField("committed");
    } else {
      json.writeNumberField("committed", one.committed().offset());
    }
    json.writeNumberField("readable", one.readable());
    json.writeNumberField("lag", one.lag());
    json.writeNumberField("readableLag", one.readableLag());
    json.writeStringField("note", one.note());
  }
}
