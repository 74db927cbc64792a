package io.penstock.delivery.insert;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseFailure;
import io.penstock.core.rows.InsertOutcome;
import io.penstock.core.rows.RowInserts;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.block.TableRows;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A ClickHouse server or cluster that clients are placed on. Thread-safe. */
public final class ClickHouseTarget implements InsertTarget {
  private static final Logger log = LoggerFactory.getLogger(ClickHouseTarget.class);
  private static final VarHandle INT64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Views that depend on a table then drop what is repeated, as the table itself does. */
  private static final String VIEW_DEDUPLICATION =
      "deduplicate_blocks_in_dependent_materialized_views";

  private final String name;
  private final Client client;
  private final RowInserts inserts;
  private volatile @Nullable Boolean viewDeduplication;

  /**
   * @param name the target's name, as in a client's {@code ch_target}
   * @param connection how to reach it, without any setting of inserts
   * @param timeout of one insert, from connecting to the acknowledgement
   * @param connections how many inserts at once
   */
  public ClickHouseTarget(
      String name, Client.Builder connection, Duration timeout, int connections) {
    this.name = name;
    // Whether and when to send rows again is decided in one place: BlockWriter.
    this.client = ClickHouseClients.open(connection, timeout, connections);
    this.inserts = new RowInserts(client, System::nanoTime);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public InsertOutcome insert(TableBlock block, int from, int to) {
    return insert(
        block,
        block.token(from, to),
        (out, bytesLess) -> block.rows().writeTo(out, from, to, bytesLess));
  }

  @Override
  public InsertOutcome insertAnew(TableBlock block, BitSet rows) {
    return insert(
        block,
        UUID.randomUUID().toString(),
        (out, bytesLess) -> {
          for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            block.rows().writeTo(out, row, row + 1, bytesLess);
          }
        });
  }

  private InsertOutcome insert(TableBlock block, String token, RowInserts.Rows rows) {
    InsertSettings settings =
        new InsertSettings().setDeduplicationToken(token).serverSetting("insert_deduplicate", "1");
    if (knowsViewDeduplication()) {
      settings = settings.serverSetting(VIEW_DEDUPLICATION, "1");
    }
    ClickHouseFailure failure = inserts.insert(block.table(), table(block), rows, settings);
    return failure == null ? new InsertOutcome.Written() : InsertOutcome.of(failure);
  }

  private static String table(TableBlock block) {
    return ClickHouseClients.quoted(block.client().database())
        + "."
        + ClickHouseClients.quoted(block.table().name());
  }

  /**
   * Rows are told by where they come from and by their ids: at the same offset of a topic that was
   * created anew stands another record, and rows that an older release stored do not say which
   * topic theirs was.
   */
  @Override
  public @Nullable BitSet missing(TableBlock block, int from, int to) {
    TableRows rows = block.rows();
    long first = rows.offset(from);
    Map<String, Object> parameters =
        Map.of(
            "topic",
            block.source().partition().topic(),
            "partition",
            block.source().partition().partition(),
            "first",
            first,
            "last",
            rows.offset(to - 1));
    BitSet missing = new BitSet();
    missing.set(from, to);
    try (QueryResponse response =
            client
                .query(
                    "SELECT source_offset, "
                        + ClickHouseClients.quoted(block.table().idColumn())
                        + " FROM "
                        + table(block)
                        + " WHERE source_topic = {topic:String} AND source_partition = {partition:Int32}"
                        + " AND source_offset BETWEEN {first:Int64} AND {last:Int64}",
                    parameters,
                    new QuerySettings().setFormat(ClickHouseFormat.RowBinary))
                .get();
        InputStream in = new BufferedInputStream(response.getInputStream(), 1 << 16)) {
      byte[] offset = new byte[Long.BYTES];
      byte[] id = new byte[block.table().idBytes()];
      while (in.readNBytes(offset, 0, offset.length) == offset.length
          && in.readNBytes(id, 0, id.length) == id.length) {
        int row = rows.find((long) INT64.get(offset, 0), id);
        if (row >= 0) {
          missing.clear(row);
        }
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return null;
    } catch (Exception failed) {
      log.atWarn()
          .addKeyValue("client", block.client().clientId())
          .addKeyValue("cause", ClickHouseFailure.describe(failed))
          .log("Whether rows are stored could not be read back");
      return null;
    }
    return missing;
  }

  @Override
  public boolean hasViews(TableBlock block) {
    Long found =
        number(
            "SELECT count() FROM system.tables WHERE database = {name:String} AND name = "
                + ClickHouseClients.literal(block.table().name())
                + " AND notEmpty(dependencies_table)",
            block.client().database());
    return found == null || found > 0;
  }

  /** Asked once it can be; an old server would refuse every insert with a setting it lacks. */
  private boolean knowsViewDeduplication() {
    Boolean known = viewDeduplication;
    if (known == null) {
      Long found =
          number(
              "SELECT count() FROM system.settings WHERE name = {name:String}", VIEW_DEDUPLICATION);
      if (found == null) {
        return false;
      }
      known = found > 0;
      viewDeduplication = known;
    }
    return known;
  }

  /**
   * @return null if the server does not tell
   */
  private @Nullable Long number(String sql, String name) {
    try (QueryResponse response =
            client
                .query(
                    sql,
                    Map.of("name", name),
                    new QuerySettings().setFormat(ClickHouseFormat.RowBinary))
                .get();
        InputStream in = response.getInputStream()) {
      byte[] value = in.readNBytes(Long.BYTES);
      return value.length == Long.BYTES ? (Long) (long) INT64.get(value, 0) : null;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return null;
    } catch (Exception failed) {
      log.debug("ClickHouse did not tell: {}", ClickHouseFailure.describe(failed));
      return null;
    }
  }

  @Override
  public boolean answers() {
    try {
      return client.ping(2_000);
    } catch (RuntimeException down) {
      return false;
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
