/**
 * What the commands share: exit codes, tables for people, JSON for scripts, messages for what goes
 * wrong.
 */
@NullMarked
package io.penstock.core.cli;

import org.jspecify.annotations.NullMarked;
