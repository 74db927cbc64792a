package io.penstock.provisioning.job;

import io.penstock.core.run.CommandRun;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One run of a {@link Job}: takes it up where the run before left it and goes through its steps.
 * The connection holds the client's lock. Not thread-safe.
 */
public final class JobRun {
  /** How often numbers are noted in the middle of a step. */
  private static final Duration NOTE_EVERY = Duration.ofSeconds(1);

  private final Connection connection;
  private final Effects effects;
  private final Job job;
  private final Map<String, Long> progress;
  private List<String> files;
  private String step;
  private long notedAt;

  /**
   * @param effects told before each note, as of any effect
   */
  JobRun(Connection connection, Effects effects, Job job) {
    this.connection = connection;
    this.effects = effects;
    this.job = job;
    this.progress = new TreeMap<>(job.progress());
    this.files = job.files();
    this.step = job.step();
  }

  /** A number that an earlier step, maybe of an earlier run, has set; 0 if none has. */
  public long count(String name) {
    return progress.getOrDefault(name, 0L);
  }

  /** Whether a step has set this number. */
  public boolean has(String name) {
    return progress.containsKey(name);
  }

  /** Sets a number; it is noted with the next step. */
  public void count(String name, long value) {
    progress.put(name, value);
  }

  /** Sets a number in the middle of a step that takes long; noted once a second. */
  public void tell(String name, long value) throws SQLException {
    count(name, value);
    if (System.nanoTime() - notedAt >= NOTE_EVERY.toNanos()) {
      var _ = note(null);
    }
  }

  /** What was exported, for people. */
  public List<String> files() {
    return files;
  }

  /** Sets what was exported; it is noted with the next step. */
  public void files(List<String> written) {
    files = List.copyOf(written);
  }

  /**
   * Runs the steps from the one that the job is at.
   *
   * @param steps all of the job's, in order; the last one gives the client its next status, which
   *     ends the job
   * @return whether the last one is done; false: a gate is closed
   * @throws StepFailed if a step did not work; the reason is noted
   * @throws CommandRun.Interrupted if the command was told to end, between two steps
   */
  public boolean run(List<Step> steps) throws SQLException, StepFailed {
    int first = steps.stream().map(Step::name).toList().indexOf(step);
    if (first < 0) {
      throw new StepFailed(
          "the job is at the step \"%s\", which this release does not know; run the release that began it, or a newer one"
              .formatted(step));
    }
    try {
      for (Step next : steps.subList(first, steps.size())) {
        CommandRun.current().checkpoint();
        if (!run(next)) {
          return false;
        }
      }
      return true;
    } catch (StepFailed e) {
      try {
        var _ = note(e.reason());
      } catch (SQLException alsoFailed) {
        e.addSuppressed(alsoFailed);
      }
      throw e;
    }
  }

  private boolean run(Step next) throws SQLException, StepFailed {
    effects.before("note the step " + next.name());
    step = next.name();
    if (!note(null)) {
      throw new StepFailed(
          "somebody else has ended the job %s of %s".formatted(job.kind().text(), job.clientId()));
    }
    return switch (next) {
      case Step.Gate gate -> gate.open().holds();
      case Step.Work work -> {
        work.action().run();
        yield true;
      }
    };
  }

  private boolean note(@Nullable String error) throws SQLException {
    notedAt = System.nanoTime();
    return Jobs.note(connection, job.id(), step, progress, files, error);
  }
}
