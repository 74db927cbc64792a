package io.penstock.provisioning.client;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.offset.Offsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Which routers run: the members of their consumer group. Thread-safe. */
final class RunningRouters implements AutoCloseable {
  /** A cluster that has never had a group makes the topic of groups first, which takes seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** How long Kafka is not asked again after it failed to answer. */
  private static final Duration PAUSE = Duration.ofSeconds(30);

  private final KafkaConfig kafka;
  private final String group;
  private @Nullable Admin admin;
  private @Nullable Members failed;
  private long failedAt;

  /** One process of the group; a dead one is a member until its session is over. */
  record Router(String name, String host) {}

  /** What Kafka says. */
  sealed interface Members {
    /** All there are. */
    record Known(List<Router> routers) implements Members {}

    /** Kafka does not say, for the reason {@code why}. */
    record Unknown(String why) implements Members {}
  }

  /** Connects when first asked. */
  RunningRouters(KafkaConfig kafka, String group) {
    this.kafka = kafka;
    this.group = group;
  }

  /** The group's name. */
  String name() {
    return group;
  }

  /** Blocks for about 15 seconds at most. */
  Members members() {
    try (CommandRun.Wait _ = CommandClients.waitFor(kafka)) {
      Admin asked = admin();
      return asked == null ? lastFailure() : ask(asked);
    } catch (ExecutionException | KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return fail(cause.getClass().getSimpleName() + ", " + cause.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Members.Unknown("interrupted while asking Kafka");
    }
  }

  private Members ask(Admin asked) throws ExecutionException, InterruptedException {
    return new Members.Known(
        Offsets.members(asked, group).stream()
            .map(
                member -> new Router(Offsets.process(member), member.host().replaceFirst("^/", "")))
            .distinct()
            .toList());
  }

  /** The admin client; null while Kafka is not to be asked. */
  private synchronized @Nullable Admin admin() {
    if (failed != null && System.nanoTime() - failedAt < PAUSE.toNanos()) {
      return null;
    }
    failed = null;
    Admin open = admin;
    if (open == null) {
      open = CommandClients.admin(kafka, CommandRun.current().patience().atMost(PATIENCE).answer());
      admin = open;
    }
    return open;
  }

  private synchronized Members lastFailure() {
    return failed == null ? new Members.Unknown("Kafka did not answer") : failed;
  }

  private synchronized Members fail(String why) {
    Members now =
        new Members.Unknown(
            "Kafka at %s does not tell: %s".formatted(kafka.bootstrapServers(), why));
    failed = now;
    failedAt = System.nanoTime();
    return now;
  }

  @Override
  public synchronized void close() {
    if (admin != null) {
      admin.close(Duration.ofSeconds(1));
    }
  }
}
