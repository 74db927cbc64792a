package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.run.CommandRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds the closing lines of a job that has left clients out, or was told to end: which clients,
 * why, and how to go on.
 */
final class NotTried {
  private static final int SHOWN = 20;

  private final Map<String, List<String>> byCause = new LinkedHashMap<>();

  void add(String clientId, String why) {
    byCause.computeIfAbsent(why, cause -> new ArrayList<>()).add(clientId);
  }

  int size() {
    return byCause.values().stream().mapToInt(List::size).sum();
  }

  boolean isEmpty() {
    return byCause.isEmpty();
  }

  /**
   * The failure to throw if clients were left out.
   *
   * @param done how many clients are as they should be now
   * @param total of the job
   * @param exitCode {@link ExitCode#FAILED} or {@link ExitCode#PARTLY}
   * @param again the command that goes on where this one stopped
   */
  CommandFailure failure(long done, long total, int exitCode, String again) {
    boolean interrupted = CommandRun.current().interrupted();
    String message =
        "%s: %d of %d clients are done"
            .formatted(interrupted ? "Interrupted" : "Stopped", done, total);
    List<String> problems = new ArrayList<>();
    byCause.forEach(
        (cause, ids) -> problems.add("not tried: " + some(ids, SHOWN) + " (" + cause + ")"));
    return CommandFailure.ended(exitCode == ExitCode.PARTLY, message, null)
        .problems(problems)
        .remedy(again + ", which goes on where this stopped");
  }

  /** The first names, and how many more there are. */
  static String some(List<String> names, int most) {
    return names.size() <= most
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, most)) + " and " + (names.size() - most) + " more";
  }
}
