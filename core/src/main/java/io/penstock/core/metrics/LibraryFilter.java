package io.penstock.core.metrics;

import static java.util.stream.Collectors.toMap;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.core.instrument.config.NamingConvention;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of the libraries' meters those of the catalogue, with the catalogue's help. Of the others
 * nothing is measured. Thread-safe.
 */
final class LibraryFilter implements MeterFilter {
  /** By their names, without what tells a counter. */
  private static final Map<String, LibraryMetric> KEPT =
      LibraryMetric.ALL.stream().collect(toMap(metric -> bare(metric.name()), metric -> metric));

  /** Kafka Streams makes such a consumer for each thread; a router has nothing to restore. */
  private static final String IDLE = "-restore-consumer";

  private final NamingConvention naming;

  /**
   * @param naming how Prometheus shows a meter
   */
  LibraryFilter(NamingConvention naming) {
    this.naming = naming;
  }

  @Override
  public Meter.Id map(Meter.Id id) {
    LibraryMetric metric = find(id);
    return metric == null
        ? id
        : new Meter.Id(
            id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), metric.help(), id.getType());
  }

  @Override
  public MeterFilterReply accept(Meter.Id id) {
    boolean isOurs = id.getName().startsWith("penstock_");
    return isOurs || find(id) != null ? MeterFilterReply.NEUTRAL : MeterFilterReply.DENY;
  }

  private @Nullable LibraryMetric find(Meter.Id id) {
    LibraryMetric metric = find(id, id.getBaseUnit());
    if (metric == null && id.getBaseUnit() == null) {
      // A gauge of time gets its unit only when it is registered.
      metric = find(id, "seconds");
    }
    return metric != null
            && labels(id).equals(metric.labels())
            && id.getTags().stream().noneMatch(tag -> tag.getValue().endsWith(IDLE))
        ? metric
        : null;
  }

  private @Nullable LibraryMetric find(Meter.Id id, @Nullable String unit) {
    return KEPT.get(bare(naming.name(id.getName(), id.getType(), unit)));
  }

  private static String bare(String name) {
    return name.replaceFirst("_total$", "");
  }

  private List<String> labels(Meter.Id id) {
    return id.getTags().stream().map(Tag::getKey).map(naming::tagKey).sorted().toList();
  }
}
