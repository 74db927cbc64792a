package io.penstock.provisioning.client;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.Export;
import io.penstock.provisioning.target.ReaderAccess;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.apache.kafka.common.KafkaException;

/**
 * Measures, exports and removes what a client has in ClickHouse and Kafka. Every method can be
 * repeated.
 */
final class Remains {
  private final ClickHouseServer server;
  private final String database;
  private final String clientId;
  private final KafkaConfig kafka;
  private final Effects effects;

  /** How much the database holds. */
  record Size(long events, long bytes) {
    static final Size NOTHING = new Size(0, 0);
  }

  Remains(ClickHouseServer server, ClientRow client, KafkaConfig kafka, Effects effects) {
    this.server = server;
    this.database = client.database();
    this.clientId = client.clientId();
    this.kafka = kafka;
    this.effects = effects;
  }

  Size size() throws StepFailed {
    String sql =
        "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND database = "
            + ClickHouseClients.literal(database);
    try {
      return server.query(sql, row -> new Size(row.getLong(1), row.getLong(2))).getFirst();
    } catch (SQLException e) {
      throw new StepFailed("measure the database: ClickHouse: " + StepFailed.firstLine(e), e);
    }
  }

  /** Exports the events; returns a line for each file. */
  List<String> export(Path folder, Export.Format format) throws StepFailed {
    effects.before("export");
    return new Export(server, folder, format)
        .run(database).stream()
            .map(file -> file.file() + " (%,d events)".formatted(file.events()))
            .toList();
  }

  void dropDatabase() throws StepFailed {
    effects.before("drop the database");
    try {
      server.execute(
          List.of(
              "DROP DATABASE IF EXISTS %s %s SYNC"
                  .formatted(ClickHouseClients.quoted(database), server.onCluster())));
    } catch (SQLException e) {
      throw new StepFailed("drop the database: ClickHouse: " + StepFailed.firstLine(e), e);
    }
  }

  ReaderAccess reader() {
    return new ReaderAccess(server, database, effects);
  }

  private String kafka() {
    return "Kafka at " + kafka.bootstrapServers() + ": ";
  }

  long countDeadLetters() throws StepFailed {
    try {
      return new OutstandingLetters(kafka, clientId).count();
    } catch (KafkaException e) {
      throw new StepFailed(
          kafka() + "the dead letters cannot be counted: " + StepFailed.firstLine(e), e);
    }
  }

  /** Returns how many stay, since they have no key. */
  long discardDeadLetters() throws StepFailed {
    effects.before("discard dead letters");
    try {
      return new OutstandingLetters(kafka, clientId).discard(confirmed -> {}).keyless();
    } catch (KafkaException e) {
      throw new StepFailed(
          kafka() + "the dead letters cannot be discarded: " + StepFailed.firstLine(e), e);
    }
  }
}
