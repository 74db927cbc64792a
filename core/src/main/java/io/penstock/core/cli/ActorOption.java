package io.penstock.core.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --actor}, to be mixed into commands that write to the audit log. */
public final class ActorOption {
  @Option(
      names = "--actor",
      paramLabel = "NAME",
      description = "Who stands in the audit log; default: the system's user at this host.")
  private @Nullable String actor;

  /**
   * The name that the audit log has for whoever runs the command.
   *
   * @throws CommandFailure if the name given is none
   */
  public String actor() {
    if (actor != null) {
      if (!actor.matches("[\\p{L}\\p{N}][\\p{L}\\p{N} .,@_+/-]{0,99}")) {
        throw CommandFailure.usage(
            "--actor \"" + actor + "\" is not 1 to 100 letters, digits, spaces and . , @ _ + / -.");
      }
      return actor;
    }
    String user = System.getProperty("user.name", "unknown");
    try {
      return user + "@" + InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return user;
    }
  }
}
