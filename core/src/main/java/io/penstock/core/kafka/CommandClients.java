package io.penstock.core.kafka;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** Settings of Kafka's clients in commands: they wait as long as the command's patience allows. */
public final class CommandClients {
  private static final long MIN_REQUEST_MILLIS = 1_000;

  private CommandClients() {}

  /**
   * Settings that a client begins with; what the operator passes through wins. A new, mutable map.
   */
  public static Map<String, Object> settings(KafkaConfig kafka) {
    return settings(kafka, CommandRun.current().patience().answer());
  }

  /**
   * The same.
   *
   * @param patience about how long a client tries before it gives up
   */
  static Map<String, Object> settings(KafkaConfig kafka, Duration patience) {
    Map<String, Object> settings = kafka.clientProperties();
    int whole = Math.toIntExact(patience.toMillis());
    int half = (int) Math.min(whole, Math.max(whole / 2, MIN_REQUEST_MILLIS));
    Integer delivery = given(settings, ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG);
    // Kafka's clients refuse an API's time-out, and a delivery's, below that of a request.
    int request =
        Objects.requireNonNullElse(
            given(settings, CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG),
            delivery == null ? half : Math.min(half, delivery));
    settings.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, request);
    settings.putIfAbsent(
        CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.max(whole, request));
    settings.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, whole);
    settings.putIfAbsent(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, whole + request);
    return settings;
  }

  /** Opens an admin client that waits as long as the command's patience allows. */
  public static Admin admin(KafkaConfig kafka) {
    return Admin.create(settings(kafka));
  }

  /**
   * An admin client.
   *
   * @param patience about how long it tries before it gives up
   */
  public static Admin admin(KafkaConfig kafka, Duration patience) {
    return Admin.create(settings(kafka, patience));
  }

  private static @Nullable Integer given(Map<String, Object> settings, String name) {
    Object value = settings.get(name);
    return value == null ? null : Integer.valueOf(value.toString().strip());
  }

  /**
   * An admin client's answer, waited for as long as the command's patience allows.
   *
   * @throws KafkaException if there is none
   */
  public static <T> T await(KafkaConfig kafka, KafkaFuture<T> answer) {
    Duration patience = CommandRun.current().patience().answer();
    try (CommandRun.Wait _ = waitFor(kafka)) {
      return answer.get(patience.toMillis() + 1_000, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
    } catch (TimeoutException e) {
      throw new KafkaException("no broker answered within " + patience, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptException(e);
    }
  }

  /** Begins to wait for the brokers. */
  public static CommandRun.Wait waitFor(KafkaConfig kafka) {
    return waitFor(kafka.bootstrapServers());
  }

  static CommandRun.Wait waitFor(Object bootstrapServers) {
    return CommandRun.current().waitFor("Kafka at " + bootstrapServers);
  }
}
