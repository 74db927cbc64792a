package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Output;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.LetterFilter;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A command on dead letters that tells what came of it. */
@Command(mixinStandardHelpOptions = true)
abstract class DlqCommand implements Callable<Integer> {
  @Mixin final Output output = new Output();

  @Override
  public final Integer call() {
    try (DlqApp app = new DlqApp("penstock-dlq")) {
      return run(app);
    }
  }

  /** Does what the command is for; returns the exit code. */
  abstract int run(DlqApp app);

  /**
   * Reads the outstanding letters that the filter means.
   *
   * @return how many there are
   * @throws CommandFailure as {@link LetterReading#run} does
   */
  final long read(DlqApp app, LetterFilter filter, Consumer<DeadLetter> each) {
    KafkaConfig kafka = app.config(KafkaConfig::from);
    AtomicLong count = new AtomicLong();
    return LetterReading.run(
        kafka,
        app.names(filter, kafka),
        2,
        output.err(),
        letters -> {
          letters.read(each.andThen(_ -> count.incrementAndGet()));
          return count.get();
        });
  }

  /** On those that the filters mean. */
  abstract static class OnLetters extends DlqCommand {
    @Mixin final FilterOptions filters = new FilterOptions();
  }
}
