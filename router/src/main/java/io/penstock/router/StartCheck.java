package io.penstock.router;

import static java.util.Objects.requireNonNull;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.RouterGroup;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Looks, before anything is started, for what a retry would not mend. */
final class StartCheck {
  private static final int TIMEOUT_MS = 15_000;

  private StartCheck() {}

  /**
   * @param group that the routers share
   * @throws StartException if no broker answers, a topic does not exist, or the group is another
   *     program's
   */
  static void run(KafkaConfig kafka, String group) throws StartException, InterruptedException {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS / 3);
    try (Admin admin = Admin.create(settings)) {
      admin
          .describeTopics(kafka.topics())
          .allTopicNames()
          .get(TIMEOUT_MS * 2L, TimeUnit.MILLISECONDS);
      String strangers = strangers(admin, group);
      if (strangers != null) {
        throw new StartException(strangers, null);
      }
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      if (cause instanceof UnknownTopicOrPartitionException) {
        throw new StartException(
            "a topic is missing: %s must exist; create them with ./penstock setup"
                .formatted(String.join(", ", kafka.topics())),
            failed);
      }
      throw unreachable(kafka, cause == null ? failed : cause);
    } catch (TimeoutException | KafkaException failed) {
      throw unreachable(kafka, failed.getCause() == null ? failed : failed.getCause());
    }
  }

  /**
   * Names the members of the routers' group that are no routers.
   *
   * @return null if there are none, as far as Kafka tells
   */
  static @Nullable String strangers(Admin admin, String group) {
    try {
      List<String> found =
          RouterGroup.strangers(
              requireNonNull(
                      admin.describeConsumerGroups(List.of(group)).describedGroups().get(group))
                  .get(TIMEOUT_MS, TimeUnit.MILLISECONDS));
      return found.isEmpty()
          ? null
          : "the consumer group %s has members that are no routers: %s; end them or give them another group.id, and start the router again"
              .formatted(group, String.join(", ", found));
    } catch (ExecutionException | TimeoutException unknown) {
      return null; // There is no such group, or Kafka does not tell; to join it will tell.
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return null;
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

    StartException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
