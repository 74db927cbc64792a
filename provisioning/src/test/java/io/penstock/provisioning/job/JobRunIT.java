package io.penstock.provisioning.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.provisioning.Metadata;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobRunIT {
  private final Metadata metadata = Metadata.shared();
  private final List<String> done = new ArrayList<>();

  @Test
  void whatAStepFoundOutlivesTheRunAndTheReasonOfAFailureTheNextOneOnly() throws Exception {
    client("jr-failing");
    try (Connection connection = metadata.connect()) {
      JobRun first = takeUp(connection, "jr-failing", "zoe");
      assertThatThrownBy(() ->
              first.run(
                  List.of(
                      new Step.Work(
                          "one",
                          () -> {
                            first.count("found", 5);
                            first.files(List.of("a file"));
                          }),
                      new Step.Work(
                          "two",
                          () -> {
                            throw new StepFailed("it is away");
                          }))))
          .hasMessage("it is away");
      assertThat(seen(connection, "jr-failing"))
          .satisfies(seen -> {
            assertThat(seen.job().actor()).isEqualTo("zoe");
            assertThat(seen.job().step()).isEqualTo("two");
            assertThat(seen.job().error()).isEqualTo("it is away");
            assertThat(seen.job().progress()).isEqualTo(Map.of("found", 5L));
            assertThat(seen.job().files()).containsExactly("a file");
          });

      JobRun second = takeUp(connection, "jr-failing", "max");
      boolean through =
          second.run(
              List.of(work("one"), work("two"), new Step.Gate("three", () -> false), work("four")));

      assertThat(through).isFalse();
      assertThat(done).containsExactly("two");
      assertThat(second.count("found")).isEqualTo(5);
      assertThat(seen(connection, "jr-failing"))
          .satisfies(seen -> {
            assertThat(seen.job().actor()).isEqualTo("max");
            assertThat(seen.job().step()).isEqualTo("three");
            assertThat(seen.job().error()).isNull();
          });
    }
  }

  @Test
  void aJobOfAStepThatThisReleaseDoesNotKnowIsLeftAlone() throws Exception {
    client("jr-newer");
    metadata.execute(
        "INSERT INTO jobs (kind, client_id, step) VALUES ('provision', 'jr-newer', 'of-tomorrow')");
    try (Connection connection = metadata.connect()) {
      JobRun run = takeUp(connection, "jr-newer", "zoe");

      assertThatThrownBy(() -> run.run(List.of(work("one"))))
          .isInstanceOf(StepFailed.class)
          .hasMessageContaining("\"of-tomorrow\", which this release does not know");

      assertThat(seen(connection, "jr-newer").job().step()).isEqualTo("of-tomorrow");
    }
    assertThat(done).isEmpty();
  }

  @Test
  void aJobThatSomebodyElseEndsStopsBeforeItsNextStep() throws Exception {
    client("jr-ended");
    try (Connection connection = metadata.connect()) {
      JobRun run = takeUp(connection, "jr-ended", "zoe");

      assertThatThrownBy(() ->
              run.run(
                  List.of(
                      new Step.Work(
                          "one",
                          () ->
                              metadata.execute(
                                  "UPDATE clients SET status = 'deprovisioning' WHERE client_id = 'jr-ended'")),
                      work("two"))))
          .isInstanceOf(StepFailed.class)
          .hasMessage("somebody else has ended the job provision of jr-ended");
    }
    assertThat(done).isEmpty();
  }

  @Test
  void whoeverHoldsTheClientsLockIsAtWork() throws Exception {
    client("jr-locked");
    try (Connection connection = metadata.connect();
        Connection other = metadata.connect()) {
      var _ = takeUp(connection, "jr-locked", "zoe");
      assertThat(seen(other, "jr-locked").inWork()).isFalse();
      try (var lock = ClientLock.tryTake(connection, "jr-locked")) {
        assertThat(lock).isNotNull();
        assertThat(seen(other, "jr-locked").inWork()).isTrue();
      }
    }
  }

  private static JobRun takeUp(Connection connection, String client, String actor)
      throws SQLException {
    Job job = new Jobs(actor).takeUp(connection, Job.Kind.PROVISION, client, "one", false);
    return new JobRun(connection, Effects.NONE, job);
  }

  private static Job.Seen seen(Connection connection, String client) throws SQLException {
    return Jobs.list(connection, client, false, 10).getFirst();
  }

  private Step work(String name) {
    return new Step.Work(name, () -> done.add(name));
  }

  private void client(String id) throws SQLException {
    metadata.execute(
        "INSERT INTO clients (client_id, name, ch_database_name) VALUES (?, ?, ?)",
        id,
        id,
        id.replace('-', '_'));
  }
}
