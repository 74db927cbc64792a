package io.penstock.dlq.command;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.Commands;
import io.penstock.core.config.ConfigException;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.dlq.forecast.Forecast;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Assembles what the commands on dead letters work with, and owns their connections to PostgreSQL.
 * Not thread-safe.
 */
final class DlqApp implements AutoCloseable {
  /** One that holds a partition's lock, and one to note what is done meanwhile. */
  private static final int CONNECTIONS = 2;

  private final String name;
  private @Nullable HikariDataSource postgres;

  /**
   * @param name shown in {@code pg_stat_activity}, and to others who wait for this command
   */
  DlqApp(String name) {
    this.name = name;
  }

  /**
   * Reads what the command needs of the configuration.
   *
   * @throws ConfigException with every problem
   */
  <C> C config(Function<ConfigReader, C> assemble) {
    return Commands.config(assemble).config();
  }

  /** The command's connections, which are opened when they are first used. */
  HikariDataSource postgres(PostgresConfig config) {
    HikariDataSource pool = postgres;
    if (pool == null) {
      pool = PostgresConnections.ofCommand(config.withAtLeast(CONNECTIONS), name);
      postgres = pool;
    }
    return pool;
  }

  /** A filter that also notices whether what it names is there. */
  FilterNames names(LetterFilter filter, KafkaConfig kafka) {
    return new FilterNames(filter, kafka, () -> postgres(config(PostgresConfig::from)));
  }

  /** Judges letters; the caller closes it. */
  Forecast forecast(Forecast.Config config) {
    return new Forecast(config, postgres(config.postgres()));
  }

  @Override
  public void close() {
    if (postgres != null) {
      postgres.close();
    }
  }
}
