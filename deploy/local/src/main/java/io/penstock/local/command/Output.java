package io.penstock.local.command;

/** How a command shows its result. */
enum Output {
  table,
  json
}
