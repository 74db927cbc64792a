package io.penstock.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.config.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GuardedCallTest {
  private static final Duration SHORT = Duration.ofMillis(40);
  private static final Duration LONG = Duration.ofMinutes(10);

  private final CountDownLatch answer = new CountDownLatch(1);

  private Object untilAnswered() throws InterruptedException {
    answer.await();
    return "done";
  }

  @Test
  void serverWithoutASignOfLifeIsGivenUpAndTheCallIsLeft() {
    CountDownLatch left = new CountDownLatch(1);
    GuardedCall call = new GuardedCall("X at y", new Patience(SHORT, LONG), within -> false);

    assertThatThrownBy(() ->
            call.ask(() -> {
              try {
                return untilAnswered();
              } finally {
                left.countDown();
              }
            }))
        .isInstanceOf(SilentServerException.class)
        .hasMessage("X at y does not answer within 40ms (penstock.command.timeout)");
    assertThat(left).satisfies(CountDownLatch::await);
  }

  @Test
  void whatTakesLongOnAServerThatLivesIsWaitedFor() throws Exception {
    AtomicInteger signs = new AtomicInteger();
    GuardedCall call =
        new GuardedCall(
            "X at y",
            new Patience(SHORT, LONG),
            within -> {
              if (signs.incrementAndGet() == 3) {
                answer.countDown();
              }
              return true;
            });

    assertThat(call.ask(this::untilAnswered)).isEqualTo("done");
    assertThat(signs).hasValueGreaterThanOrEqualTo(3);
  }

  @Test
  void evenThereAStatementHasABound() {
    GuardedCall call = new GuardedCall("X at y", new Patience(SHORT, SHORT), within -> true);

    assertThatThrownBy(() -> call.ask(this::untilAnswered))
        .isInstanceOf(SlowStatementException.class)
        .hasMessageContaining("penstock.command.statement.timeout");
  }

  @Test
  void waitsAreToldOnceForEachServerByEveryThreadOfTheCommandAndByNoneOutsideOfOne()
      throws Exception {
    List<String> said = Collections.synchronizedList(new ArrayList<>());
    int code =
        CommandRun.of(
            line -> {
              said.add(line);
              answer.countDown();
            },
            Map.of(),
            () -> {
              CommandRun.current().patience(new Patience(SHORT, LONG));
              try (CommandRun.Wait _ = CommandRun.current().waitFor("X at y")) {
                var _ = untilAnswered();
              }
              GuardedCall again =
                  new GuardedCall(
                      "X at y",
                      new Patience(SHORT, LONG),
                      within -> CommandRun.current().silentServer().isEmpty());
              return again.ask(() -> CommandRun.current().isCommand() ? 7 : 0);
            });

    assertThat(code).isEqualTo(7);
    assertThat(said).containsExactly("waiting for X at y ...");
    assertThat(CommandRun.current().isCommand()).isFalse();
  }

  @Test
  void commandThatIsToldToEndEndsAtItsNextStep() {
    assertThatThrownBy(() ->
            CommandRun.of(
                line -> {},
                Map.of(),
                () -> {
                  CommandRun run = CommandRun.current();
                  run.checkpoint();
                  CountDownLatch told = new CountDownLatch(1);
                  run.whenInterrupted(told::countDown);
                  assertThat(CommandRun.interruptAll()).contains(run);
                  assertThat(told.getCount()).isZero();
                  assertThat(run.sleep(LONG)).isTrue();
                  run.checkpoint();
                  return 0;
                }))
        .isInstanceOf(CommandRun.Interrupted.class);
  }
}
