package io.penstock.router;

import io.penstock.core.config.KafkaConfig;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Looks, before anything is started, for what a retry would not mend. */
final class StartCheck {
  private static final int TIMEOUT_MS = 15_000;

  private StartCheck() {}

  /**
   * @throws StartException if no broker answers or a topic does not exist
   */
  static void run(KafkaConfig kafka) throws StartException, InterruptedException {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS / 3);
    try (Admin admin = Admin.create(settings)) {
      admin
          .describeTopics(List.of(kafka.eventsTopic(), kafka.deadLettersTopic()))
          .allTopicNames()
          .get(TIMEOUT_MS * 2L, TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      if (cause instanceof UnknownTopicOrPartitionException) {
        throw new StartException(
            "a topic is missing: %s and %s must exist; create them with ./penstock setup"
                .formatted(kafka.eventsTopic(), kafka.deadLettersTopic()),
            failed);
      }
      throw unreachable(kafka, cause == null ? failed : cause);
    } catch (TimeoutException | KafkaException failed) {
      throw unreachable(kafka, failed.getCause() == null ? failed : failed.getCause());
    }
  }

  private static StartException unreachable(KafkaConfig kafka, Throwable cause) {
    return new StartException(
        "Kafka at %s (penstock.kafka.bootstrap.servers) does not answer: %s"
            .formatted(kafka.bootstrapServers(), cause.getMessage()),
        cause);
  }

  /** The router cannot start; the message is for a person. */
  static final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    StartException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
