package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Subcommands;
import io.penstock.core.cli.Table;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.offset.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock offsets ...}. */
@Command(
    name = "offsets",
    mixinStandardHelpOptions = true,
    description = "Where the routers are in the events topic, partition by partition.")
@Subcommands({OffsetsCommand.Show.class, OffsetsCommand.Move.class})
public final class OffsetsCommand {
  /**
   * The events topic.
   *
   * @param partitions by number
   */
  record Partitions(List<Partition> partitions) {}

  /**
   * How far the routers are in one partition.
   *
   * @param begin offset of the oldest record that is kept
   * @param end offset of the next record to come
   * @param committed up to where events are stored or refused; null: nothing yet
   * @param readable up to where routers can read: the end, or where an open transaction begins
   * @param lag how many offsets are not committed yet
   * @param readableLag how many of these the routers could read
   * @param note what is to be said of it; "" if all is well
   */
  record Partition(
      int partition,
      long begin,
      long end,
      @Nullable Long committed,
      long readable,
      long lag,
      long readableLag,
      String note) {
    static Partition of(PartitionOffset one) {
      return new Partition(
          one.partition(),
          one.begin(),
          one.end(),
          one.committed() == null ? null : one.committed().offset(),
          one.readable(),
          one.lag(),
          one.readableLag(),
          one.note());
    }
  }

  /**
   * A move.
   *
   * @param from the partition before it
   * @param to where it is read from next
   * @param readAgain how many offsets routers read, of which they read some for the second time
   * @param passedOver how many offsets nobody reads
   * @param moved false: this is what would be
   */
  record Moved(
      @JsonUnwrapped Partition from, long to, long readAgain, long passedOver, boolean moved) {}

  private static Offsets offsets(ConfigReader reader) {
    return new Offsets(KafkaConfig.from(reader), reader.get(ConfigKeys.ROUTER_APPLICATION_ID));
  }

  /** {@code ./penstock offsets show}. */
  @Command(
      name = "show",
      description = "What each partition has, and up to where its events are stored or refused.")
  @Shows(OffsetsCommand.Partitions.class)
  static final class Show extends ReadCommand {
    @Override
    public Integer call() {
      return job.run(OffsetsCommand::offsets, (app, offsets) -> show(offsets.read()));
    }

    int show(List<PartitionOffset> all) {
      Partitions view = new Partitions(all.stream().map(Partition::of).toList());
      Table table =
          new Table("partition", "begin", "end", "committed", "lag", "of it readable", "note");
      for (Partition one : view.partitions) {
        table.row(
            one.partition,
            one.begin,
            one.end,
            one.committed == null ? "" : one.committed,
            one.lag,
            one.readableLag,
            one.note);
      }
      return output.show(view, _ -> output.print(table));
    }
  }

  /** {@code ./penstock offsets move}. */
  @Command(
      name = "move",
      description = {
        "Has the routers read a partition from elsewhere. They must not run meanwhile.",
        "Without --confirm it only shows what that would do."
      })
  @Shows(OffsetsCommand.Moved.class)
  static final class Move extends JobCommand {
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
              move = offsets.forecast(partition, place);
            }
            return show(move);
          });
    }

    private static void note(ProvisioningApp app, String sentence) throws StepFailed {
      try (Connection connection = app.tools().connect()) {
        app.tools().note(connection, "offsets.moved", null, sentence);
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

    int show(Offsets.Move move) {
      Moved view =
          new Moved(
              Partition.of(move.from()), move.to(), move.readAgain(), move.passedOver(), confirm);
      return output.show(
          view,
          out -> {
            out.println(sentence(move) + ".");
            out.println(
                confirm
                    ? "Moved. Start the routers again."
                    : "Nothing was changed: --confirm does it, while no router runs.");
          });
    }
  }
}
