package io.penstock.core.config;

/** Whether something is done at all. */
public enum Toggle {
  ON,
  OFF
}
