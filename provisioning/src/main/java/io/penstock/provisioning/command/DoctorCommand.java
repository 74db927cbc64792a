package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Commands;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.core.client.KeyMask;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.Durations;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.Patience;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.doctor.Doctor;
import io.penstock.provisioning.doctor.Finding;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.provisioning.doctor.PartReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description =
        "Says what is right and wrong with Penstock and what it works on, on one page. Changes nothing.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:all is as it should be; notes are allowed",
      "1:errors",
      "2:wrong arguments or configuration",
      "3:warnings and no errors"
    })
@Shows(DoctorCommand.Examined.class)
public final class DoctorCommand implements Callable<Integer> {
  /** Subjects of one finding that people are shown; JSON has all. */
  private static final int SHOWN_SUBJECTS = 8;

  @Mixin private Output output = new Output();

  @Option(
      names = "--only",
      paramLabel = "PART",
      split = ",",
      description = "Of penstock, kafka, postgres, redis, clickhouse, clients; default: all.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "How long each part may take to answer; default: ${DEFAULT-VALUE}.")
  private String timeout = "10s";

  /**
   * What was found.
   *
   * @param level the worst of the parts' levels
   * @param parts in the order in which they are examined
   */
  record Examined(Level level, List<PartReport> parts) {
    static Examined of(List<PartReport> reports) {
      return new Examined(
          reports.stream().map(PartReport::level).max(Level::compareTo).orElse(Level.OK), reports);
    }
  }

  @Override
  public Integer call() {
    Set<String> parts = new LinkedHashSet<>(only.isEmpty() ? Doctor.PARTS : only);
    if (!Doctor.PARTS.containsAll(parts)) {
      throw CommandFailure.usage(
          "--only takes "
              + String.join(", ", Doctor.PARTS)
              + ", not "
              + String.join(", ", only)
              + ".");
    }
    Duration patience = patience();
    Path home = Home.find();
    ConfigReader.Loaded<Doctor.Config> loaded = Commands.config(reader -> config(reader, home));
    // What asks the parts gives up when they do.
    CommandRun.current().patience(new Patience(patience, patience));
    long set = loaded.settings().stream().filter(one -> !one.origin().equals("default")).count();
    List<PartReport> reports = new Doctor(loaded.config(), set, patience).examine(parts);
    Examined view = Examined.of(reports);
    var _ = show(view);
    return switch (view.level) {
      case OK, NOTE -> ExitCode.DONE;
      case WARNING -> ExitCode.PARTLY;
      case ERROR -> ExitCode.FAILED;
    };
  }

  int show(Examined view) {
    return output.show(
        view,
        out -> {
          view.parts.forEach(part -> print(out, part));
          out.println(conclusion(view.parts));
        });
  }

  private Duration patience() {
    try {
      Duration patience = Durations.parse(timeout);
      if (patience.toMillis() >= 100) {
        return patience;
      }
    } catch (IllegalArgumentException notOne) {
      // told below
    }
    throw CommandFailure.usage(
        "--timeout \"" + timeout + "\" is not a time of at least 100ms, such as 10s");
  }

  private static Doctor.Config config(ConfigReader reader, Path home) {
    KafkaConfig kafka = KafkaConfig.from(reader);
    String ledgerDatabase = reader.get(ConfigKeys.LEDGER_DATABASE);
    return new Doctor.Config(
        kafka,
        PostgresConfig.from(reader),
        RedisConfig.from(reader),
        ClickHouseConfig.from(reader),
        kafka.ledgerTopic() == null ? null : ledgerDatabase,
        reader.get(ConfigKeys.ROUTER_APPLICATION_ID),
        reader.get(ConfigKeys.ROUTER_RECORD_MAX_SIZE),
        reader.find(ConfigKeys.REPLAY_SECRET),
        home);
  }

  private static void print(PrintWriter out, PartReport report) {
    Level level = report.level() == Level.NOTE ? Level.OK : report.level();
    String fine =
        report.findings().stream()
            .filter(finding -> finding.level() == Level.OK)
            .map(Finding::what)
            .collect(Collectors.joining("; "));
    out.println("%-8s %-19s %s".formatted(text(level), report.part(), fine).stripTrailing());
    for (Finding finding : report.findings()) {
      if (finding.level() != Level.OK) {
        out.println(KeyMask.mask("  %-8s %s".formatted(text(finding.level()), sentence(finding))));
        if (!finding.remedy().isEmpty()) {
          out.println(KeyMask.mask("           -> " + finding.remedy()));
        }
      }
    }
  }

  private static String sentence(Finding finding) {
    List<String> subjects = finding.subjects();
    if (subjects.isEmpty()) {
      return finding.what();
    }
    String shown = subjects.stream().limit(SHOWN_SUBJECTS).collect(Collectors.joining(", "));
    String more =
        subjects.size() > SHOWN_SUBJECTS
            ? " and %,d more (--output json has all)".formatted(subjects.size() - SHOWN_SUBJECTS)
            : "";
    String count = subjects.size() == 1 ? "" : " (%,d)".formatted(subjects.size());
    return finding.what() + count + ": " + shown + more;
  }

  private static String conclusion(List<PartReport> reports) {
    return "%s, %s, %s"
        .formatted(
            count(reports, Level.ERROR), count(reports, Level.WARNING), count(reports, Level.NOTE));
  }

  private static String count(List<PartReport> reports, Level level) {
    long count =
        reports.stream()
            .flatMap(report -> report.findings().stream())
            .filter(finding -> finding.level() == level)
            .count();
    return "%d %s%s".formatted(count, text(level), count == 1 ? "" : "s");
  }

  private static String text(Level level) {
    return level.name().toLowerCase(Locale.ROOT);
  }
}
