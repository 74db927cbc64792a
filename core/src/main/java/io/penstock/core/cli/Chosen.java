package io.penstock.core.cli;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

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

  private Optional<Chosen> next() {
    if (args.isEmpty()) {
      return Optional.empty();
    }
    return Arrays.stream(command(command.getClass()).subcommands())
        .filter(type -> names(command(type)).contains(args.getFirst()))
        .findFirst()
        .map(type ->
            new Chosen(
                create(type),
                name + " " + command(type).name(),
                List.copyOf(args.subList(1, args.size()))));
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
