package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ActorTest {
  @Test
  void whoeverWritesToTheAuditLogTakesAnActorAndNobodyElse() {
    Set<String> taking = new TreeSet<>();
    collect(ProvisioningMain.commandLine(Map.of()), taking);

    assertThat(taking)
        .containsExactly(
            "clients access",
            "clients create",
            "clients deprovision",
            "clients provision",
            "clients resume",
            "clients set",
            "clients suspend",
            "keys create",
            "keys revoke",
            "keys rotate",
            "migrate",
            "migrate forget",
            "migrate repair",
            "offsets move",
            "targets add",
            "targets remove",
            "targets set");
  }

  private static void collect(CommandLine command, Set<String> taking) {
    if (command.getCommandSpec().findOption("--actor") != null) {
      taking.add(command.getCommandSpec().qualifiedName().replace("penstock ", ""));
    }
    command.getSubcommands().values().forEach(below -> collect(below, taking));
  }
}
