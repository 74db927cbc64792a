package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.provisioning.client.Announcement;
import io.penstock.provisioning.client.ClientDetails;
import io.penstock.provisioning.client.KeyRing;
import java.time.Duration;
import java.util.List;
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

  /**
   * A client's keys.
   *
   * @param keys all, newest first
   */
  record Keys(List<ClientDetails.Key> keys) {}

  /**
   * A key that was made.
   *
   * @param ended how many other keys end because of it
   */
  record NewKey(
      String clientId,
      String apiKey,
      String apiKeyHash,
      int ended,
      @JsonUnwrapped Announcement announcement) {}

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
  @Shows(NewKey.class)
  int create(
      @Mixin JobOptions job,
      @Mixin Output output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id,
      @Option(names = "--label", defaultValue = "", description = "For people.") String label,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "When it ends, from now: 12h, 90d; default: never.")
          @Nullable String expires) {
    Duration lifetime = lifetime(expires);
    requireLabel(label);
    return job.run(app -> show(output, app.keys().create(id, label, lifetime)));
  }

  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description = "Adds a key and ends the client's others after a time of overlap.")
  @Shows(NewKey.class)
  int rotate(
      @Mixin JobOptions job,
      @Mixin Output output,
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
    Duration rest = JobOptions.duration("--overlap", overlap);
    return job.run(app ->
        show(output, app.keys().rotate(id, label, lifetime, rest == null ? Duration.ZERO : rest)));
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Takes a key back: events that Kafka accepts from now on are refused.")
  @Shows(ChangeView.class)
  int revoke(
      @Mixin JobOptions job,
      @Mixin Output output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id,
      @Parameters(
              paramLabel = "KEY",
              description = "The first digits of its hash, as \"keys list\" shows them.")
          String key,
      @Option(
              names = "--immediately",
              description = "Refuse what waits in Kafka, too: the key is in wrong hands.")
          boolean immediately) {
    return job.run(app -> ChangeView.show(output, app.keys().revoke(id, key, immediately)));
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists a client's keys, newest first, by the first digits of their hashes.")
  @Shows(Keys.class)
  int list(
      @Mixin Output output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id) {
    return new AppRun().run(app -> show(output, new Keys(ClientPrinter.details(app, id).keys())));
  }

  static int show(Output output, Keys view) {
    return output.show(view, out -> ClientPrinter.printKeys(out, view.keys, output.columns()));
  }

  private static @Nullable Duration lifetime(@Nullable String expires) {
    Duration lifetime = JobOptions.duration("--expires", expires);
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

  static int show(Output output, KeyRing.NewKey made) {
    NewKey view =
        new NewKey(
            made.clientId(),
            made.key().reveal(),
            made.hash().toHex(),
            made.ended(),
            made.announcement());
    var _ =
        output.showSecret(
            view,
            out -> {
              out.println("client_id:    " + view.clientId);
              ClientPrinter.printKey(out, view.apiKey, view.apiKeyHash);
              out.println();
              out.println(
                  "The key is not shown again. Other keys that end now or soon: " + view.ended);
              out.println(view.announcement);
            });
    return ChangeView.exitCode(view.announcement);
  }
}
