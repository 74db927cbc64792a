package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ProgressBar;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.run.CommandRun;
import java.io.PrintWriter;
import java.util.function.Predicate;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads the dead-letter topic for a command, with a progress bar, and with a message if it cannot
 * be read.
 */
final class LetterReading {
  /** What a command does with the letters. */
  interface Work<T> {
    T on(OutstandingLetters letters);
  }

  private LetterReading() {}

  /**
   * Opens the topic and lets {@code work} read it.
   *
   * @param passes how often that reads the topic, for the bar
   * @throws CommandFailure if Kafka cannot be read, or no letter matches and the filter names what
   *     is not there
   */
  static <T> T run(
      KafkaConfig kafka, FilterNames names, int passes, PrintWriter err, Work<T> work) {
    T done;
    try {
      done = run(kafka, (Predicate<DeadLetter>) names, passes, err, work);
    } catch (CommandFailure e) {
      // Where nothing was meant, a name that is not there says more.
      names.require(err);
      throw e;
    }
    names.require(err);
    return done;
  }

  /** The same with any selection of letters. */
  static <T> T run(
      KafkaConfig kafka, Predicate<DeadLetter> meant, int passes, PrintWriter err, Work<T> work) {
    try (ProgressBar bar = new ProgressBar(err, "offsets", 0)) {
      OutstandingLetters letters =
          new OutstandingLetters(
              kafka,
              meant,
              offsets -> {
                CommandRun.current().checkpoint();
                bar.advance(offsets);
              });
      bar.total(passes * letters.span());
      return work.on(letters);
    } catch (KafkaException e) {
      String patience =
          e instanceof TimeoutException ? " (penstock.command.timeout bounds the wait)" : "";
      throw CommandFailure.failed(
              "Kafka at " + kafka.bootstrapServers() + ": " + e.getMessage() + patience, e)
          .remedy("./penstock doctor --only kafka");
    }
  }
}
