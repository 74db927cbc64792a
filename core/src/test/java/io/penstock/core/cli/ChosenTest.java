package io.penstock.core.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class ChosenTest {
  @Command(name = "penstock")
  @Subcommands(Clients.class)
  private static final class Main {}

  @Command(name = "clients", aliases = "c")
  @Subcommands({Show.class, Set.class})
  private static final class Clients {}

  @Command(name = "show", description = "Shows one.")
  private static final class Show implements Callable<Integer> {
    @Override
    public Integer call() {
      return 0;
    }
  }

  @Command(name = "set")
  private static final class Set {}

  @Test
  void aCommandIsFoundBelowItsGroupsAndKeepsItsName() {
    Chosen chosen = Chosen.of(new Main(), "clients", "show", "acme", "set");
    assertThat(chosen.command()).isInstanceOf(Show.class);
    assertThat(chosen.name()).isEqualTo("penstock clients show");
    assertThat(chosen.args()).containsExactly("acme", "set");
  }

  @Test
  void anAliasIsShownByTheNameThatItStandsFor() {
    assertThat(Chosen.of(new Main(), "c", "set").name()).isEqualTo("penstock clients set");
  }

  @Test
  void whatNamesNoCommandIsLeftToTheGroup() {
    Chosen unknown = Chosen.of(new Main(), "clients", "sow");
    assertThat(unknown.command()).isInstanceOf(Clients.class);
    assertThat(unknown.args()).containsExactly("sow");

    Chosen option = Chosen.of(new Main(), "--help", "clients");
    assertThat(option.command()).isInstanceOf(Main.class);
    assertThat(option.args()).containsExactly("--help", "clients");

    assertThat(Chosen.of(new Main()).args()).isEmpty();
  }

  @Test
  void aGroupsHelpIsTheSameWhetherTheCommandsBelowItAreMadeOrNot() {
    CommandLine outlined = Chosen.of(new Main(), "clients", "--help").line();

    assertThat(outlined.getUsageMessage())
        .contains("show", "Shows one.", "set")
        .isEqualTo(Chosen.whole(new Clients()).getUsageMessage());
    assertThat(outlined.getSubcommands().values())
        .allSatisfy(below -> assertThat(below.getCommandSpec().userObject()).isNull());
  }

  @Test
  void aCommandThatIsNamedBehindOptionsIsMade() {
    CommandLine line = new Chosen(new Clients(), "clients", List.of("--all", "show")).line();

    assertThat(line.getSubcommands().values())
        .noneSatisfy(below -> assertThat(below.getCommandSpec().userObject()).isNull());
  }
}
