package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Puts the letters of one partition of the events topic into one partition of the dead-letter
 * topic, by their keys, so that a replay finds them in the order in which they were written. Every
 * other record with a key is placed by the key's hash. Stateless and thread-safe.
 */
public final class OriginPartitioner implements Partitioner {
  private static final Pattern ORIGIN = Pattern.compile(".+-(\\d{1,9})-\\d+");

  /**
   * The partition of the dead-letter topic for the letters of one partition of the events topic.
   *
   * @param partitions how many the dead-letter topic has
   */
  public static int place(int ofEvents, int partitions) {
    return ofEvents % partitions;
  }

  @Override
  public int partition(
      String topic,
      @Nullable Object key,
      byte @Nullable [] keyBytes,
      @Nullable Object value,
      byte @Nullable [] valueBytes,
      Cluster cluster) {
    int partitions = cluster.partitionsForTopic(topic).size();
    if (keyBytes == null) {
      return 0;
    }
    Matcher origin = ORIGIN.matcher(new String(keyBytes, ISO_8859_1));
    return origin.matches()
        ? place(Integer.parseInt(origin.group(1)), partitions)
        : Utils.toPositive(Utils.murmur2(keyBytes)) % partitions;
  }

  @Override
  public void configure(Map<String, ?> settings) {}

  @Override
  public void close() {}
}
