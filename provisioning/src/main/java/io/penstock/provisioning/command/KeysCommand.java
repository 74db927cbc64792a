package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.client.ClientDetails;
import io.penstock.provisioning.client.KeyRing;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock keys create|list|revoke|rotate}. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    description = {
      "API keys of clients.",
      "An event is judged by its key's state when Kafka accepted it, so what waits there survives a rotation."
    })
public final class KeysCommand implements Runnable {
  private static final int MAX_LABEL = 200;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say which: " + String.join(", ", spec.subcommands().keySet()) + ".");
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Adds a key and prints it, this once.")
  int create(
      @Mixin JobOptions job,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id,
      @Option(names = "--label", defaultValue = "", description = "For people.") String label,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "When it ends, from now: 12h, 90d; default: never.")
          @Nullable String expires) {
    Duration lifetime = lifetime(expires);
    requireLabel(label);
    return job.run(app -> print(app.keys().create(id, label, lifetime), output.json()));
  }

  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description = "Adds a key and ends the client's others after a time of overlap.")
  int rotate(
      @Mixin JobOptions job,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id,
      @Option(names = "--label", defaultValue = "", description = "For people.") String label,
      @Option(
              names = "--overlap",
              paramLabel = "TIME",
              defaultValue = "7d",
              description =
                  "How long the others go on; 0s revokes them now; default: ${DEFAULT-VALUE}.")
          String overlap,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "When the new one ends, from now: 12h, 90d; default: never.")
          @Nullable String expires) {
    Duration lifetime = lifetime(expires);
    requireLabel(label);
    Duration rest = Lifetime.parse("--overlap", overlap);
    return job.run(app ->
        print(
            app.keys().rotate(id, label, lifetime, rest == null ? Duration.ZERO : rest),
            output.json()));
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Takes a key back: events that Kafka accepts from now on are refused.")
  int revoke(
      @Mixin JobOptions job,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id,
      @Parameters(
              paramLabel = "KEY",
              description = "The first digits of its hash, as \"keys list\" shows them.")
          String key,
      @Option(
              names = "--immediately",
              description = "Refuse what waits in Kafka, too: the key is in wrong hands.")
          boolean immediately) {
    return job.run(app ->
        ChangeResult.print(
            spec.commandLine().getOut(), app.keys().revoke(id, key, immediately), output.json()));
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists a client's keys, newest first, by the first digits of their hashes.")
  int list(
      @Mixin JobOptions job,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id) {
    return job.run(app -> {
      ClientDetails client = ClientPrinter.details(app, id);
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(Json.object(json -> ClientPrinter.writeKeys(json, client, Instant.now())));
      } else {
        ClientPrinter.printKeys(out, client, Instant.now(), output.columns());
      }
      out.flush();
      return ExitCode.DONE;
    });
  }

  private static @Nullable Duration lifetime(@Nullable String expires) {
    Duration lifetime = Lifetime.parse("--expires", expires);
    if (lifetime != null && !lifetime.isPositive()) {
      throw CommandFailure.usage("--expires " + expires + ": the key would expire at once");
    }
    return lifetime;
  }

  private static void requireLabel(String label) {
    if (label.length() > MAX_LABEL) {
      throw CommandFailure.usage("--label is longer than " + MAX_LABEL + " characters");
    }
  }

  int print(KeyRing.NewKey made, boolean json) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(
          Json.objectWithSecrets(fields -> {
            fields.writeStringField("clientId", made.clientId());
            fields.writeStringField("apiKey", made.key().reveal());
            fields.writeStringField("apiKeyHash", made.hash().toHex());
            fields.writeNumberField("ended", made.ended());
            ChangeResult.writeAnnouncement(fields, made.announcement());
          }));
    } else {
      out.println("client_id:    " + made.clientId());
      out.println("API key:      " + made.key().reveal());
      out.println(
          "api_key_hash: " + made.hash().toHex() + " (SHA-256 of the key, as events carry it)");
      out.println();
      out.println("The key is not shown again. Other keys that end now or soon: " + made.ended());
      out.println(made.announcement());
    }
    out.flush();
    return ChangeResult.exitCode(made.announcement());
  }
}
