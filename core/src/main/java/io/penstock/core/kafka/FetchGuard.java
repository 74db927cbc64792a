package io.penstock.core.kafka;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.apache.kafka.clients.ClientRequest;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.clients.KafkaClient;
import org.apache.kafka.clients.RequestCompletionHandler;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/**
 * Passes every fetch response through {@link LargeRecords} before Kafka unpacks it. Kafka offers no
 * hook for that, so this class replaces a field of Kafka 4.3's own classes; {@code OversizeFaultIT}
 * fails if another version breaks that.
 */
final class FetchGuard {
  private final KafkaClient client;
  private final LargeRecords large;

  private FetchGuard(KafkaClient client, LargeRecords large) {
    this.client = client;
    this.large = large;
  }

  /**
   * Installs the guard in a consumer of the classic group protocol that has not polled yet.
   *
   * @throws IllegalStateException if Kafka's classes are others than they were
   */
  static void install(KafkaConsumer<?, ?> consumer, LargeRecords large) {
    try {
      Object network = get(get(consumer, KafkaConsumer.class, "delegate"), null, "client");
      Field field = network.getClass().getDeclaredField("client");
      field.setAccessible(true);
      FetchGuard guard = new FetchGuard((KafkaClient) field.get(network), large);
      field.set(
          network,
          Proxy.newProxyInstance(
              FetchGuard.class.getClassLoader(),
              new Class<?>[] {KafkaClient.class},
              (proxy, method, arguments) -> guard.invoke(method, arguments)));
    } catch (ReflectiveOperationException | ClassCastException | NullPointerException changed) {
      throw new IllegalStateException(
          "kafka-clients is of a version whose fetches cannot be bounded", changed);
    }
  }

  private static Object get(Object owner, @Nullable Class<?> declaring, String name)
      throws ReflectiveOperationException {
    Field field = (declaring == null ? owner.getClass() : declaring).getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }

  private @Nullable Object invoke(Method method, Object @Nullable [] arguments) throws Throwable {
    Object[] passed = arguments;
    if (passed != null
        && passed.length > 0
        && passed[0] instanceof ClientRequest request
        && request.apiKey() == ApiKeys.FETCH) {
      passed = passed.clone();
      passed[0] = guarded(request);
    }
    try {
      return method.invoke(client, passed);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  private ClientRequest guarded(ClientRequest request) {
    RequestCompletionHandler callback = request.callback();
    return new ClientRequest(
        request.destination(),
        request.requestBuilder(),
        request.correlationId(),
        request.makeHeader(request.requestBuilder().latestAllowedVersion()).clientId(),
        request.createdTimeMs(),
        request.expectResponse(),
        request.requestTimeoutMs(),
        response -> {
          look(response);
          callback.onComplete(response);
        });
  }

  private void look(ClientResponse response) {
    if (response.responseBody() instanceof FetchResponse fetched) {
      for (FetchResponseData.FetchableTopicResponse topic : fetched.data().responses()) {
        for (FetchResponseData.PartitionData partition : topic.partitions()) {
          if (partition.records() instanceof MemoryRecords records) {
            partition.setRecords(large.leftOut(records));
          }
        }
      }
    }
  }
}
