package io.penstock.core.cli;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The subcommand that arguments name, without the commands beside it: to make picocli's model of
 * all of them takes most of the time of a short command.
 *
 * @param command an instance of the class
 * @param name what is typed to reach it
 * @param args what is left for it
 */
record Chosen(Object command, String name, List<String> args) {
  /** Goes down from a command as long as the next argument names one of its subcommands. */
  static Chosen of(Object command, String... args) {
    Chosen chosen = new Chosen(command, command(command.getClass()).name(), List.of(args));
    for (Optional<Chosen> next = chosen.next(); next.isPresent(); next = chosen.next()) {
      chosen = next.get();
    }
    return chosen;
  }

  /**
   * A command with all that is below it.
   *
   * @param command an instance, or its class
   */
  static CommandLine whole(Object command) {
    CommandLine line = new CommandLine(command);
    below(command).forEach(type -> line.addSubcommand(whole(create(type))));
    return line;
  }

  /**
   * The command, with as much of the commands below it as is needed: where the arguments name none
   * of them, names and descriptions, for the help and for what is typed wrong.
   */
  CommandLine line() {
    if (below(command).anyMatch(type -> names(command(type)).stream().anyMatch(args::contains))) {
      return whole(command);
    }
    CommandLine line = new CommandLine(command);
    below(command).forEach(type -> line.addSubcommand(outline(command(type))));
    return line;
  }

  private static CommandSpec outline(Command command) {
    CommandSpec outline = CommandSpec.create().name(command.name()).aliases(command.aliases());
    outline.usageMessage().description(command.description()).hidden(command.hidden());
    return outline;
  }

  private Optional<Chosen> next() {
    if (args.isEmpty()) {
      return Optional.empty();
    }
    return below(command)
        .filter(type -> names(command(type)).contains(args.getFirst()))
        .findFirst()
        .map(type ->
            new Chosen(
                create(type),
                name + " " + command(type).name(),
                List.copyOf(args.subList(1, args.size()))));
  }

  private static Stream<Class<?>> below(Object command) {
    Class<?> type = command instanceof Class<?> itself ? itself : command.getClass();
    Subcommands below = type.getAnnotation(Subcommands.class);
    return below == null ? Stream.of() : Arrays.stream(below.value());
  }

  private static Command command(Class<?> type) {
    return type.getAnnotation(Command.class);
  }

  private static List<String> names(Command command) {
    return Stream.concat(Stream.of(command.name()), Stream.of(command.aliases())).toList();
  }

  private static Object create(Class<?> type) {
    try {
      Constructor<?> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a command without a constructor to call: " + type, e);
    }
  }
}
