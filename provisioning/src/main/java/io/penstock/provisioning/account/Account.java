package io.penstock.provisioning.account;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.kafka.CommandClients;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import io.penstock.provisioning.topic.Topics;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * Says of every offset that routers have committed what became of it, as far as the ledger says so.
 * Asks anew each time; thread-safe.
 *
 * @param ledgerTopic of {@code kafka}
 * @param group of the routers
 * @param server that has the ledger's table
 * @param database in which it stands
 */
public record Account(
    KafkaConfig kafka, String ledgerTopic, String group, ClickHouseServer server, String database) {
  /**
   * Of the events topic.
   *
   * @param kafka keeps a ledger
   * @param clickHouse has its table
   */
  public static Account of(
      KafkaConfig kafka, String group, ClickHouseConfig clickHouse, String database) {
    return new Account(
        kafka,
        Objects.requireNonNull(kafka.ledgerTopic()),
        group,
        new ClickHouseServer(clickHouse),
        database);
  }

  /**
   * What was found.
   *
   * @param partitions those that have entries
   * @param gaps ranges that somebody should know of, at most {@value LedgerTable#MAX_GAPS} of a
   *     kind
   * @param share of one client; empty if none was asked for
   * @param waiting entries that are not in the table yet: what they say is not known here
   * @param inFlight offsets that routers could read and have not committed
   * @param notes what else somebody should know, a sentence each
   */
  public record Found(
      List<Covered> partitions,
      List<Gap> gaps,
      List<LedgerTable.Share> share,
      long waiting,
      long inFlight,
      List<String> notes) {
    /** Offsets of which nobody can say what became of them. */
    public long unaccounted() {
      return partitions.stream().mapToLong(Covered::unaccounted).sum();
    }

    /** Offsets whose records are in no table and no dead letter, and that is known. */
    public long lost() {
      return partitions.stream().mapToLong(Covered::lost).sum();
    }
  }

  /**
   * Compares the ledger with itself and with what the routers have committed.
   *
   * @param client whose share is told, too; null: none
   * @throws StepFailed if Kafka or ClickHouse cannot be asked
   */
  public Found look(Span span, @Nullable String client) throws StepFailed {
    // What is committed has an entry by then, so it is asked for first.
    List<PartitionOffset> committed =
        span.topic().equals(kafka.eventsTopic()) ? new Offsets(kafka, group).read() : List.of();
    long waiting = new LedgerProgress(kafka, ledgerTopic, group).await();
    try (Connection connection = server.connect()) {
      LedgerTable ledger = LedgerTable.of(connection, database);
      List<Covered> covered = new ArrayList<>(ledger.covered(span));
      List<Gap> gaps = new ArrayList<>(ledger.gaps(span));
      List<String> notes = new ArrayList<>();
      long inFlight = 0;
      for (PartitionOffset one : committed) {
        if (span.partition() != null && span.partition() != one.partition()) {
          continue;
        }
        inFlight += one.readableLag();
        if (!one.note().isEmpty()) {
          notes.add("partition %d: %s".formatted(one.partition(), one.note()));
        }
        if (span.until() == null) {
          tail(one, span.since() == null, covered, gaps, notes, waiting);
        }
      }
      List<LedgerTable.Share> share = client == null ? List.of() : ledger.share(span, client);
      return new Found(covered, gaps, share, waiting, inFlight, notes);
    } catch (SQLException e) {
      throw new StepFailed(
          "ClickHouse: the ledger's table %s.ledger cannot be asked: %s"
              .formatted(database, StepFailed.firstLine(e)),
          e);
    }
  }

  /**
   * Compares what the ledger says with the rows that stand in clients' tables, and with the
   * dead-letter topic.
   *
   * @param found what {@link #look} found in the same span
   * @param clients all that there are
   * @throws StepFailed if Kafka or ClickHouse cannot be asked
   */
  public Deep lookDeep(Found found, Span span, List<KnownClient> clients, ClickHouseTargets targets)
      throws StepFailed {
    Instant now = Instant.now();
    List<String> notes = new ArrayList<>();
    String topicId =
        new Offsets(kafka, group)
            .read().stream().findFirst().map(one -> one.topicId().toString()).orElse("");
    try (Connection connection = server.connect();
        KafkaRecords records = new KafkaRecords(kafka, span.topic(), topicId);
        ClientTables tables = new ClientTables(targets)) {
      LedgerTable ledger = LedgerTable.of(connection, database);
      List<Gap> readAgain = new ArrayList<>();
      List<Covered> ranges = readOnce(ledger, span, found.partitions(), readAgain);
      DeepAccount.Found rows =
          new DeepAccount(ledger, tables, records, now).compare(ranges, clients);
      notes.addAll(rows.notes());
      return new Deep(
          rows.rows(),
          rows.expired(),
          rows.differences(),
          letters(ledger, ranges, now, notes),
          readAgain,
          rows.explained(),
          notes);
    } catch (SQLException e) {
      throw new StepFailed(
          "ClickHouse: the ledger's table %s.ledger cannot be asked: %s"
              .formatted(database, StepFailed.firstLine(e)),
          e);
    }
  }

  /**
   * What tables and letters say.
   *
   * @param rowsCompared how many rows the ledger says are stored, of clients that were compared
   * @param rowsExpired how many more, of which clients' retention is over
   * @param differences of rows
   * @param letters what became of dead letters
   * @param readAgain ranges that were not compared, since offsets were moved back there
   * @param explained what is not there and need not be, a sentence each
   * @param notes what could not be compared, a sentence each
   */
  public record Deep(
      long rowsCompared,
      long rowsExpired,
      List<Difference> differences,
      Letters letters,
      List<Gap> readAgain,
      List<String> explained,
      List<String> notes) {
    /** Rows that are not as the ledger says, without those that are gone as they should be. */
    public long unexplained() {
      return differences.stream()
          .filter(one -> !one.kind().isExplained() && one.kind() != Difference.Kind.UNTOLD)
          .mapToLong(Difference::rows)
          .sum();
    }

    /** Rows that are not there, of which nobody can tell whether they should be. */
    public long untold() {
      return differences.stream()
          .filter(one -> one.kind() == Difference.Kind.UNTOLD)
          .mapToLong(Difference::rows)
          .sum();
    }
  }

  /** What the partitions have but the ranges that several entries share, which are added. */
  private static List<Covered> readOnce(
      LedgerTable ledger, Span span, List<Covered> partitions, List<Gap> readAgain)
      throws SQLException {
    List<Covered> ranges = new ArrayList<>();
    for (Covered one : partitions) {
      List<Gap> shared = one.readAgain() > 0 ? ledger.readAgain(span, one) : List.of();
      readAgain.addAll(shared);
      long from = one.from();
      for (Gap gap : shared) {
        addPart(ranges, one.part(from, gap.from()));
        from = gap.to();
      }
      addPart(ranges, one.part(from, one.to()));
    }
    return ranges;
  }

  private static void addPart(List<Covered> ranges, @Nullable Covered part) {
    if (part != null) {
      ranges.add(part);
    }
  }

  private Letters letters(LedgerTable ledger, List<Covered> ranges, Instant now, List<String> notes)
      throws SQLException {
    String topic = kafka.deadLettersTopic();
    Map<String, String> settings = new HashMap<>();
    try (Admin admin = CommandClients.admin(kafka)) {
      Topics.Description description = new Topics(kafka, admin).describe(topic);
      if (description != null) {
        settings.putAll(description.settings());
      }
    }
    long remembered = millis(settings, TopicConfig.DELETE_RETENTION_MS_CONFIG);
    boolean deletes =
        settings
            .getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "")
            .contains(TopicConfig.CLEANUP_POLICY_DELETE);
    if (deletes) {
      remembered = Math.min(remembered, millis(settings, TopicConfig.RETENTION_MS_CONFIG));
    }
    Instant since = remembered > now.toEpochMilli() ? Instant.EPOCH : now.minusMillis(remembered);
    OutstandingLetters letters = new OutstandingLetters(kafka, any -> true, progress -> {});
    Letters found = new LetterAccount(ledger).compare(ranges, letters::states, since);
    if (deletes && found.forgotten() > 0) {
      notes.add(
          "%s deletes letters that are older than %d h, so %,d may have been deleted before they were settled"
              .formatted(topic, Duration.ofMillis(remembered).toHours(), found.forgotten()));
    }
    return found;
  }

  /** A time setting of a topic; what is not set, or is without limit, is longest. */
  private static long millis(Map<String, String> settings, String name) {
    long millis = Long.parseLong(settings.getOrDefault(name, "-1"));
    return millis < 0 ? Long.MAX_VALUE : millis;
  }

  /**
   * What is committed behind the last entry, and what there is before the first one.
   *
   * @param fromFirst whether the first entry of all is meant
   */
  private static void tail(
      PartitionOffset one,
      boolean fromFirst,
      List<Covered> covered,
      List<Gap> gaps,
      List<String> notes,
      long waiting) {
    String topicId = one.topicId().toString();
    for (int i = 0; i < covered.size(); i++) {
      Covered is = covered.get(i);
      if (is.partition() != one.partition() || !is.topicId().equals(topicId)) {
        continue;
      }
      if (one.ofThisTopic() && one.next() > is.to() && waiting == 0) {
        covered.set(i, is.withTail(one.next()));
        gaps.add(
            new Gap(
                topicId,
                one.partition(),
                is.to(),
                one.next(),
                "committed, and no entry: nobody can say what became of them"));
      }
      if (fromFirst && one.begin() < is.from()) {
        notes.add(
            "partition %d: the ledger begins at offset %d; of %d to %d, which Kafka still has, it says nothing"
                .formatted(one.partition(), is.from(), one.begin(), is.from()));
      }
      return;
    }
    if (fromFirst && one.committed() != null && one.ofThisTopic() && one.next() > one.begin()) {
      notes.add(
          "partition %d: the ledger says nothing of it; routers have committed up to %d"
              .formatted(one.partition(), one.next()));
    }
  }

  /** The name of the routers' topic; for spans without another. */
  public String eventsTopic() {
    return Objects.requireNonNull(kafka.eventsTopic());
  }
}
