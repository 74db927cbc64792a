package io.penstock.core.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The commands below a group, in the order in which its help lists them. It stands in place of
 * picocli's own element {@code subcommands}, which makes a model of each whenever the group's is
 * made; {@link Commands} makes those that are needed.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Subcommands {
  /** Classes with {@link picocli.CommandLine.Command} and a constructor without arguments. */
  Class<?>[] value();
}
