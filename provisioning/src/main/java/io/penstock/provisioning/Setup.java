package io.penstock.provisioning;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.kafka.Topics;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.output.MigrateResult;

/**
 * What must be there before the first client: the two topics and the metadata schema. Every step is
 * safe to repeat.
 */
public final class Setup {
  private Setup() {}

  /**
   * The metadata schema after {@link #migrateMetadata}, or before it.
   *
   * @param version of the newest migration that is applied; "": none
   * @param migrations how many this run applied, or the next one would
   */
  public record Schema(String version, int migrations) {}

  /**
   * Creates the topics that are missing.
   *
   * @throws Topics.TopicsException if Kafka cannot be reached or refuses
   */
  public static List<Topics.Report> createTopics(KafkaConfig config) {
    try (Admin admin = Topics.admin(config)) {
      return new Topics(config, admin).create();
    }
  }

  /**
   * Looks at the topics.
   *
   * @throws Topics.TopicsException if Kafka cannot be reached or refuses
   */
  public static List<Topics.Report> checkTopics(KafkaConfig config) {
    try (Admin admin = Topics.admin(config)) {
      return new Topics(config, admin).check();
    }
  }

  /**
   * Creates the topics that are missing and gives the others their settings: {@link Topics#fix}.
   *
   * @throws Topics.TopicsException if Kafka cannot be reached or refuses
   */
  public static List<Topics.Report> fixTopics(KafkaConfig config) {
    try (Admin admin = Topics.admin(config)) {
      return new Topics(config, admin).fix();
    }
  }

  /**
   * Looks at the metadata schema.
   *
   * @param home the root folder
   * @throws org.flywaydb.core.api.FlywayException if PostgreSQL cannot be reached
   */
  public static Schema checkMetadata(PostgresConfig config, Path home) {
    MigrationInfoService info = flyway(config, home).info();
    MigrationInfo current = info.current();
    return new Schema(
        current == null ? "" : String.valueOf(current.getVersion()), info.pending().length);
  }

  /**
   * Brings the metadata schema up to date with {@code postgres/sql}; several runs at once wait for
   * each other.
   *
   * @param home the root folder
   * @throws org.flywaydb.core.api.FlywayException if PostgreSQL cannot be reached or a migration
   *     fails
   */
  public static Schema migrateMetadata(PostgresConfig config, Path home) {
    MigrateResult result = flyway(config, home).migrate();
    String version =
        result.targetSchemaVersion != null
            ? result.targetSchemaVersion
            : result.initialSchemaVersion;
    return new Schema(String.valueOf(version), result.migrationsExecuted);
  }

  private static Flyway flyway(PostgresConfig config, Path home) {
    return Flyway.configure()
        .dataSource(config.url(), config.user(), config.password().reveal())
        .locations("filesystem:" + home.resolve("postgres").resolve("sql"))
        .failOnMissingLocations(true)
        .validateMigrationNaming(true)
        .cleanDisabled(true)
        .load();
  }
}
