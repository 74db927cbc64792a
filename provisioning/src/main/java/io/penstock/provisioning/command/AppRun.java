package io.penstock.provisioning.command;

import io.penstock.core.cli.ActorOption;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Commands;
import io.penstock.core.config.ConfigReader;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.UnknownClientException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.function.Function;

/** Connects a command to the servers, runs it, and says what failed. */
class AppRun {
  private static final String UNDEFINED_TABLE = "42P01";
  private static final String UNDEFINED_COLUMN = "42703";

  /** What a command does once it is connected. */
  interface Job {
    /** Returns the exit code. */
    int run(ProvisioningApp app)
        throws SQLException, IOException, StepFailed, UnknownClientException;
  }

  /** The same with more of the configuration. */
  interface ConfiguredJob<C> {
    /** Returns the exit code. */
    int run(ProvisioningApp app, C config)
        throws SQLException, IOException, StepFailed, UnknownClientException;
  }

  private record Config<C>(ProvisioningApp.Config app, C more) {}

  /**
   * Reads the configuration, connects, runs the job and closes.
   *
   * @throws CommandFailure if PostgreSQL cannot be asked, the migrations cannot be read, or a named
   *     client is not there
   */
  final int run(Job job) {
    return run(reader -> "", (app, none) -> job.run(app));
  }

  /**
   * The same with more of the configuration.
   *
   * @param more reads it, so that all problems are reported at once
   */
  final <C> int run(Function<ConfigReader, C> more, ConfiguredJob<C> job) {
    Config<C> config =
        Commands.config(
                reader -> new Config<>(ProvisioningApp.Config.from(reader), more.apply(reader)))
            .config();
    try (ProvisioningApp app = new ProvisioningApp(config.app, actor())) {
      return job.run(app, config.more);
    } catch (StepFailed e) {
      throw e.partly()
          ? CommandFailure.partly(e.reason(), e)
          : CommandFailure.failed(e.reason(), e);
    } catch (SQLException e) {
      throw CommandFailure.failed(
          "PostgreSQL at " + config.app.postgres().url() + ": " + reason(e) + hint(e), e);
    } catch (UnknownClientException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    } catch (IOException | Migration.MigrationException e) {
      throw CommandFailure.failed("The migrations cannot be used: " + e.getMessage(), e);
    }
  }

  /** Who runs the command. */
  String actor() {
    return new ActorOption().actor();
  }

  private static String hint(SQLException e) {
    return UNDEFINED_TABLE.equals(e.getSQLState()) || UNDEFINED_COLUMN.equals(e.getSQLState())
        ? " Run ./penstock setup first."
        : "";
  }

  /** The cause of a pool's failure, which its own message hides. */
  private static String reason(SQLException e) {
    Throwable cause = e.getCause();
    return cause == null
        ? String.valueOf(e.getMessage())
        : e.getMessage() + " " + cause.getMessage();
  }
}
