package io.penstock.core.kafka;

import java.util.List;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;

/** The consumer group that the routers share, as Kafka describes it. */
public final class RouterGroup {
  /**
   * The name that Kafka Streams gives its way of assigning partitions; it shares a group with no
   * other.
   */
  private static final String STREAMS = "stream";

  private RouterGroup() {}

  /**
   * The members that are no routers, each with its host; a group has only such members, or none.
   */
  public static List<String> strangers(ConsumerGroupDescription group) {
    String assignor = group.partitionAssignor();
    return assignor.isEmpty() || assignor.equals(STREAMS)
        ? List.of()
        : group.members().stream().map(RouterGroup::name).distinct().sorted().toList();
  }

  private static String name(MemberDescription member) {
    return member.clientId() + " on " + member.host();
  }
}
