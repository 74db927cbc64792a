package io.penstock.core.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Which records a command gives to {@link Output}, for {@code docs/reference/json.md}. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Shows {
  /** The records, the usual one first. */
  Class<? extends Record>[] value();
}
