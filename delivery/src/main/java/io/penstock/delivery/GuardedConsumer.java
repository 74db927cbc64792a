package io.penstock.delivery;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The main consumer of a stream thread, wrapped: every offset commit of an at-least-once Streams
 * application goes through its {@code commitSync}, and every task starts with its {@code
 * committed}. A dynamic proxy rather than a class of sixty delegating methods; the few that matter
 * are called once per poll or commit, never per record.
 */
final class GuardedConsumer implements InvocationHandler {
  private final Consumer<byte[], byte[]> delegate;
  private final Hub hub;

  /** Paused here for one poll; without those that Streams paused itself meanwhile. */
  private final Set<TopicPartition> heldBack = new HashSet<>();

  private GuardedConsumer(Consumer<byte[], byte[]> delegate, Hub hub) {
    this.delegate = delegate;
    this.hub = hub;
  }

  @SuppressWarnings("unchecked") // a proxy of Consumer is one of Consumer<byte[], byte[]>
  static Consumer<byte[], byte[]> wrap(Consumer<byte[], byte[]> delegate, Hub hub) {
    return (Consumer<byte[], byte[]>)
        Proxy.newProxyInstance(
            GuardedConsumer.class.getClassLoader(),
            new Class<?>[] {Consumer.class},
            new GuardedConsumer(delegate, hub));
  }

  @Override
  @SuppressWarnings("unchecked") // the arguments are those of Consumer's methods
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    return switch (method.getName()) {
      case "poll" -> {
        hub.retryWaiting(delegate);
        ConsumerRecords<byte[], byte[]> records;
        try {
          records = requireNonNull((ConsumerRecords<byte[], byte[]>) poll(method, arguments));
        } catch (InvalidOffsetException gone) {
          hub.outOfRange(delegate, gone);
          records = ConsumerRecords.empty();
        }
        hub.delivered(delegate, records);
        yield records;
      }
      case "commitSync" -> {
        if (!(first(arguments) instanceof Map<?, ?> offsets)) {
          throw new UnsupportedOperationException("a commit must name its offsets");
        }
        hub.commit(delegate, (Map<TopicPartition, OffsetAndMetadata>) offsets);
        yield null;
      }
      case "commitAsync" ->
          throw new UnsupportedOperationException("a commit must be confirmed: use commitSync");
      case "committed" -> {
        var committed =
            requireNonNull((Map<TopicPartition, OffsetAndMetadata>) pass(method, arguments));
        yield hub.start(delegate, (Set<TopicPartition>) first(arguments), committed);
      }
      case "subscribe" -> {
        Object[] guarded = requireNonNull(arguments).clone();
        int last = guarded.length - 1;
        if (guarded[last] instanceof ConsumerRebalanceListener listener) {
          guarded[last] = new GivesUp(listener);
        }
        yield pass(method, guarded);
      }
      case "pause" -> {
        heldBack.removeAll((Collection<TopicPartition>) first(arguments));
        yield pass(method, arguments);
      }
      case "resume" -> {
        delegate.resume(hub.withoutWaiting((Collection<TopicPartition>) first(arguments)));
        yield null;
      }
      case "close" -> {
        try {
          hub.close(delegate);
        } finally {
          // Else the group would wait for a member that is gone.
          Object _ = pass(method, arguments);
        }
        yield null;
      }
      default -> pass(method, arguments);
    };
  }

  /** Polls; without fetching where Streams holds many bytes that it has not processed yet. */
  private @Nullable Object poll(Method method, Object @Nullable [] arguments) throws Throwable {
    if (!hub.isFlooded()) {
      return pass(method, arguments);
    }
    heldBack.addAll(delegate.assignment());
    heldBack.removeAll(delegate.paused());
    delegate.pause(heldBack);
    try {
      return pass(method, arguments);
    } finally {
      heldBack.retainAll(delegate.assignment());
      delegate.resume(heldBack);
      heldBack.clear();
    }
  }

  private static Object first(Object @Nullable [] arguments) {
    if (arguments == null) {
      throw new UnsupportedOperationException("a call without the arguments that Streams gives");
    }
    return arguments[0];
  }

  private @Nullable Object pass(Method method, Object @Nullable [] arguments) throws Throwable {
    try {
      return method.invoke(delegate, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  /** After Streams has seen partitions off, what it had been kept from committing is committed. */
  private final class GivesUp implements ConsumerRebalanceListener {
    private final ConsumerRebalanceListener streams;

    GivesUp(ConsumerRebalanceListener streams) {
      this.streams = streams;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      streams.onPartitionsAssigned(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      streams.onPartitionsRevoked(partitions);
      hub.giveUp(delegate, partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      streams.onPartitionsLost(partitions);
    }
  }
}
