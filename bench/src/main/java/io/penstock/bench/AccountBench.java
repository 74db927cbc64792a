package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.event.Origin;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import io.penstock.provisioning.command.ProvisioningMain;
import io.penstock.router.RouterConfig;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock bench account}: what accounting for many offsets takes. */
@Command(
    name = "account",
    mixinStandardHelpOptions = true,
    description =
        "Makes a ledger, rows and dead letters of many offsets, and measures account and account --deep.")
@Shows(AccountBench.Measured.class)
final class AccountBench implements Callable<Integer> {
  private static final String LEDGER_COLUMNS =
      "topic, topic_id, partition, start_offset, end_offset, first_at, last_at, stored, dead_letters, `rows.client`, `rows.table_name`, `rows.hour`, `rows.count`, `rows.digest`, `letters.client`, `letters.reason`, `letters.hour`, `letters.count`, written_at";

  /** One in so many records is a dead letter. */
  private static final int LETTER = 1_000;

  @Option(names = "--offsets", defaultValue = "10000000", description = "Default: 10000000.")
  private long offsets;

  @Option(names = "--clients", defaultValue = "100", description = "Default: 100.")
  private int clients;

  @Option(
      names = "--block",
      defaultValue = "5000",
      description = "Offsets of a block; default: 5000.")
  private int block;

  @Option(
      names = "--heap",
      defaultValue = "256m",
      description = "The command's heap; default: 256m.")
  private String heap = "";

  @Mixin private Output output = new Output();

  /**
   * What was measured.
   *
   * @param offsets that the ledger has, whole blocks
   * @param letters of these, dead
   * @param commands each command's figures, by its name
   */
  record Measured(
      long offsets, long letters, int clients, @JsonAnyGetter Map<String, Figures> commands) {}

  /**
   * A command's figures.
   *
   * @param enginePeakRssMiB of ClickHouse, the filling included
   */
  record Figures(double seconds, double cpuSeconds, long peakRssMiB, long enginePeakRssMiB) {}

  @Override
  public Integer call() throws Exception {
    Map<String, Figures> commands = new LinkedHashMap<>();
    long each;
    long letters;
    int partitions;
    try (BenchStack stack = new BenchStack(AccountBench::progress)) {
      List<BenchStack.BenchClient> all = stack.createClients(clients);
      RouterConfig config = stack.config();
      KafkaConfig kafka = config.kafka();
      partitions = kafka.topicPartitions();
      each = Math.max(1, offsets / partitions / block) * block;
      Uuid topicId = SoakOperator.topicId(kafka);
      fillLedger(stack, config, topicId, each);
      for (int i = 0; i < clients; i++) {
        fillTable(stack, kafka, topicId, all.get(i), i, each);
      }
      letters = fillLetters(kafka, topicId, each);
      progress("%,d offsets, %,d of them dead letters".formatted(each * partitions, letters));
      for (List<String> command : List.of(List.of("account"), List.of("account", "--deep"))) {
        TimedCommand done =
            TimedCommand.run(stack.properties(), ProvisioningMain.class, "", heap, command);
        commands.put(
            done.command(),
            new Figures(
                done.seconds(),
                done.cpuSeconds(),
                done.peakRssMiB(),
                TimedCommand.peakRssMiB(stack.engine().pid())));
      }
    }
    report(new Measured(each * partitions, letters, clients, commands));
    return ExitCode.DONE;
  }

  /** Blocks as routers write them; each client has every so many-th record. */
  private void fillLedger(BenchStack stack, RouterConfig config, Uuid topicId, long each) {
    KafkaConfig kafka = config.kafka();
    stack.sql(
        """
        INSERT INTO %s.ledger (%s)
        SELECT %s, %s, p, b * %d, (b + 1) * %d, now64(3), now64(3), sum(stored), sum(dead),
          groupArray(client), groupArray('events_base'), groupArray(toStartOfHour(now())), groupArray(stored), groupArray(digest),
          [''], ['MALFORMED_JSON'], [toStartOfHour(now())], [sum(dead)], now64(3)
        FROM
        (
          SELECT p, b, concat('shop-', leftPad(toString(o %% %d), 4, '0')) AS client,
            countIf(o %% %d != 0) AS stored, countIf(o %% %d = 0) AS dead, sumWithOverflowIf(intHash64(o), o %% %d != 0) AS digest
          FROM (SELECT toInt64(number %% %d) AS p, toInt64(intDiv(number, %d)) AS o, intDiv(o, %d) AS b FROM numbers(%d))
          GROUP BY p, b, client
        )
        GROUP BY p, b\
        """
            .formatted(
                ClickHouseClients.quoted(config.ledgerDatabase()),
                LEDGER_COLUMNS,
                ClickHouseClients.text(kafka.eventsTopic()),
                ClickHouseClients.text(topicId.toString()),
                block,
                block,
                clients,
                LETTER,
                LETTER,
                LETTER,
                kafka.topicPartitions(),
                kafka.topicPartitions(),
                block,
                each * kafka.topicPartitions()));
  }

  private void fillTable(
      BenchStack stack,
      KafkaConfig kafka,
      Uuid topicId,
      BenchStack.BenchClient client,
      int number,
      long each) {
    stack.sql(
        """
        INSERT INTO %s.events_base (event_id, event_name, event_time, user_id, event_properties, extra, received_at,
          source_topic, source_topic_id, source_partition, source_offset)
        SELECT generateUUIDv4(), 'bench', now64(3), toString(number %% 1000), '{}', '{}', now64(3), %s, %s,
          number %% %d, toInt64(intDiv(number, %d)) * %d + %d AS o
        FROM numbers(%d) WHERE o %% %d != 0 AND o < %d\
        """
            .formatted(
                ClickHouseClients.quoted(client.database()),
                ClickHouseClients.text(kafka.eventsTopic()),
                ClickHouseClients.text(topicId.toString()),
                kafka.topicPartitions(),
                kafka.topicPartitions(),
                clients,
                number,
                (each / clients + 1) * kafka.topicPartitions(),
                LETTER,
                each));
  }

  private static long fillLetters(KafkaConfig kafka, Uuid topicId, long each) {
    DeadLetters letters = new DeadLetters(kafka.deadLettersTopic(), "bench");
    Failure failure = Failure.of(new Refusal(Reason.MALFORMED_JSON, "", "no JSON"), null);
    byte[] value = "{".getBytes(UTF_8);
    long sent = 0;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int partition = 0; partition < kafka.topicPartitions(); partition++) {
        for (long offset = 0; offset < each; offset += LETTER) {
          Origin origin = new Origin(topicId, kafka.eventsTopic(), partition, offset);
          ProducerRecord<byte[], byte[]> letter =
              letters.record(
                  Arrival.first(origin, 1),
                  null,
                  value,
                  new RecordHeaders(),
                  failure,
                  Instant.now());
          DeadLetterHeaders.put(letter.headers(), DeadLetterHeaders.RECORD, origin.place());
          var _ = producer.send(letter);
          sent++;
        }
      }
    }
    return sent;
  }

  private void report(Measured view) {
    Table table = new Table("command", "seconds", "CPU s", "peak MiB", "ClickHouse's peak MiB");
    view.commands.forEach((command, figures) ->
        table.row(
            command,
            "%.1f".formatted(figures.seconds),
            "%.1f".formatted(figures.cpuSeconds),
            figures.peakRssMiB,
            figures.enginePeakRssMiB));
    var _ =
        output.show(
            view,
            out -> {
              table.print(out);
              out.printf(
                  "%,d offsets of %d clients, %,d of them dead letters%n",
                  view.offsets, view.clients, view.letters);
            });
  }

  private static void progress(String line) {
    System.err.println(line);
  }
}
