package io.penstock.core.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.Clients;
import io.penstock.core.client.Lookup;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.event.Event;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.Origin;
import io.penstock.core.refusal.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventContractTest {
  private static final EventLimits LIMITS = new EventLimits(1 << 20, 0, 60_000);

  private final FakeClients clients = new FakeClients();
  private final AtomicLong nanos = new AtomicLong();
  private final EventContract intake = new EventContract(LIMITS, clients, nanos::get);

  /** Knows nobody, and holds what it was asked for only if it may. */
  private static final class FakeClients implements Clients {
    final List<Integer> together = new ArrayList<>();
    final List<String> single = new ArrayList<>();
    final Set<String> held = new HashSet<>();
    boolean holds;
    boolean down;

    @Override
    public Lookup lookup(String clientId) {
      single.add(clientId);
      return answer();
    }

    private Lookup answer() {
      return down ? new Lookup.Unavailable("down") : new Lookup.Unknown();
    }

    @Override
    public @Nullable Lookup inMemory(String clientId) {
      return held.contains(clientId) ? new Lookup.Unknown() : null;
    }

    @Override
    public boolean isInMemory(String clientId) {
      return held.contains(clientId);
    }

    @Override
    public Map<String, Lookup> lookupAll(Collection<String> clientIds) {
      together.add(clientIds.size());
      Map<String, Lookup> answers = new HashMap<>();
      clientIds.forEach(id -> answers.put(id, answer()));
      if (holds) {
        held.addAll(clientIds);
      }
      return answers;
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> poll(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> {
          String event =
              "{\"client_id\":\"c%d\",\"api_key_hash\":\"%s\",\"event_name\":\"e\"}"
                  .formatted(i, "0".repeat(64));
          return new ConsumerRecord<byte[], byte[]>(
              "events", 0, i, new byte[0], event.getBytes(UTF_8));
        })
        .toList();
  }

  private Verdict<Event> judge(ConsumerRecord<byte[], byte[]> record) {
    IncomingRecord incoming =
        new IncomingRecord(record.offset(), 0, null, record.value(), record.headers());
    Origin here = new Origin(Uuid.ZERO_UUID, "events", 0, record.offset());
    return intake.judge(incoming, Arrival.first(here, 0));
  }

  private static Reason reason(Verdict<Event> verdict) {
    return ((Verdict.Refused<Event>) verdict).failure().reason();
  }

  @Test
  void strangersOfAPollAreLookedUpTogetherEvenWhereNoneIsKept() {
    for (boolean holds : new boolean[] {true, false}) {
      clients.holds = holds;
      List<ConsumerRecord<byte[], byte[]>> records = poll(holds ? 0 : 500, holds ? 500 : 1_000);
      intake.expect(records);

      assertThat(records)
          .allSatisfy(record -> assertThat(reason(judge(record))).isEqualTo(Reason.UNKNOWN_CLIENT));
    }
    assertThat(clients.together).containsExactly(500, 500);
    assertThat(clients.single).isEmpty();
  }

  @Test
  void whereEveryClientIsInMemoryNobodyIsAsked() {
    List<ConsumerRecord<byte[], byte[]>> records = poll(0, 10);
    records.forEach(record -> clients.held.add("c" + record.offset()));
    intake.expect(records);
    records.forEach(this::judge);
    assertThat(clients.together).isEmpty();
    assertThat(clients.single).isEmpty();
  }

  @Test
  void anAnswerThatWasNotKeptCountsForAMoment() {
    List<ConsumerRecord<byte[], byte[]>> records = poll(0, 3);
    intake.expect(records);
    judge(records.get(0));
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    judge(records.get(1));
    assertThat(clients.single).containsExactly("c1");
    intake.expect(poll(3, 4));
    judge(records.get(2));
    assertThat(clients.single).containsExactly("c1", "c2");
  }

  @Test
  void nobodyIsUnknownWhileNobodyCanBeAsked() {
    clients.down = true;
    List<ConsumerRecord<byte[], byte[]>> records = poll(0, 3);
    intake.expect(records);
    assertThat(records)
        .allSatisfy(record -> assertThat(judge(record)).isInstanceOf(Verdict.Undecided.class));
  }

  @Test
  void ofAHugePollABoundedNumberIsLookedUpTogether() {
    List<ConsumerRecord<byte[], byte[]>> records = poll(0, 1_500);
    intake.expect(records);
    records.forEach(this::judge);
    assertThat(clients.together).containsExactly(1_000);
    assertThat(clients.single).hasSize(500);
  }
}
